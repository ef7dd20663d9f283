// @ts-check
/** Time: one step counter that plays, pauses and jumps, and tells those who draw. It knows no picture. */

/** One step a second, whatever the run's length; the other speeds are multiples of its own pace. */
export const SINGLE = 0;
export const SPEEDS = [SINGLE, 0.25, 0.5, 1, 2, 4];

/** Seconds that a run takes at speed 1, and the fewest steps a second. */
const WHOLE = 12;
const SLOWEST = 6;
/** In reduced motion, the fewest steps at a time, and the seconds that a long run takes at most. */
const LEAP = 10;
const CALM = 240;

export class Clock {
  /** @param {(step: number, clock: Clock) => void} tell called after each change */
  constructor(tell) {
    this.tell = tell;
    this.steps = 1;
    this.time = 0;
    this.playing = false;
    this.speed = 1;
    this.loop = false;
    this.frame = 0;
    this.last = 0;
    this.quiet = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** Reduced motion: some steps at a time, once a second, instead of a flow. */
  get calm() {
    return this.quiet.matches;
  }

  /** Steps a second. */
  get pace() {
    return this.speed === SINGLE ? 1 : this.speed * Math.max(this.steps / WHOLE, SLOWEST);
  }

  get step() {
    return Math.min(Math.floor(this.time + 1e-9), this.steps);
  }

  /** @param {number} steps */
  setSteps(steps) {
    const atEnd = this.time >= this.steps;
    this.steps = steps;
    if (this.time > steps || (atEnd && !this.playing)) this.time = steps;
  }

  play() {
    if (this.playing) return;
    if (this.step >= this.steps) this.time = 0;
    this.playing = true;
    this.last = performance.now();
    this.frame = requestAnimationFrame((now) => this.tick(now));
    this.tell(this.step, this);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.tell(this.step, this);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** @param {number} step */
  seek(step) {
    this.time = Math.max(0, Math.min(Math.round(step), this.steps));
    this.tell(this.step, this);
  }

  /** @param {number} by steps */
  nudge(by) {
    this.pause();
    this.seek(this.step + by);
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.speed = speed;
    this.tell(this.step, this);
  }

  /** @param {number} now */
  tick(now) {
    if (!this.playing) return;
    // A tab that was away does not leap, and a frame that began before play was pressed does not go back.
    const seconds = Math.max(0, Math.min((now - this.last) / 1000, 0.25));
    const before = this.step;
    if (this.calm) {
      if (now - this.last >= 1000) {
        this.time += this.speed === SINGLE ? 1 : Math.max(LEAP, Math.ceil(this.steps / CALM));
        this.last = now;
      }
    } else {
      this.time += seconds * this.pace;
      this.last = now;
    }
    if (this.time >= this.steps) {
      if (this.loop) this.time = 0;
      else {
        this.time = this.steps;
        this.playing = false;
      }
    }
    if (this.step !== before || !this.playing) this.tell(this.step, this);
    if (this.playing) this.frame = requestAnimationFrame((next) => this.tick(next));
  }
}
