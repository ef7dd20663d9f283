// @ts-check
/** What the viewer has asked the server for: all of it is asked again after a cut, or given up in words. */

import { Connection } from "./connection.js";

/** Milliseconds without a connection after which a wish is given up. */
const PATIENCE = 4500;

export class Wishes {
  /**
   * @param {(what: object) => void} send tells the server
   * @param {{asked: (stands: boolean) => void, given: () => void, up: () => void, about: () => object}} hear told when a wish is sent or waits,
   * when all that were open are answered, and when they are given up; `about` is what a server needs to know that knows nothing
   */
  constructor(send, hear) {
    this.send = send;
    this.hear = hear;
    /** What is not answered yet, the oldest first. @type {object[]} */
    this.open = [];
    /** Whether the server must hear of the page again, because the connection broke off since. */
    this.strange = false;
    /** Milliseconds of no connection are counted by this. */
    this.timer = 0;
    this.connection = new Connection({
      lost: () => this.lost(),
      back: () => this.back(),
      ended: () => this.answered(),
    });
  }

  /** @param {object} what */
  make(what) {
    this.open.push(what);
    this.hear.asked(this.connection.stands);
    if (this.connection.stands && !this.strange) this.send(what);
    else if (!this.connection.stands) this.wait();
  }

  /** Streamlit has forgotten what was sent, and after a while who we are. */
  lost() {
    this.strange = true;
    shut(true);
    if (this.open.length) this.wait();
  }

  /** One message for all: the server makes it of the link that the page has, so that nothing is done twice. */
  back() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.send({ what: "again", ...this.hear.about(), asks: this.open });
  }

  /** A run of the page's script has ended, or has sent what is to be shown. */
  answered() {
    if (!this.connection.stands) return;
    this.strange = false;
    shut(false);
    if (!this.open.length) return;
    this.open = [];
    this.hear.given();
  }

  wait() {
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      this.open = [];
      this.hear.up();
    }, PATIENCE);
  }

  destroy() {
    clearTimeout(this.timer);
    shut(false);
    this.connection.destroy();
  }
}

/** Streamlit's own widgets are no use until the server knows the page again: what they are told then would be lost. @param {boolean} closed */
function shut(closed) {
  for (const place of document.querySelectorAll('[data-testid="stSidebarUserContent"], .st-key-toolbar, .st-key-maptools')) {
    if (place instanceof HTMLElement) place.inert = closed;
  }
}
