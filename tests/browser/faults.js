/* What is wrong with what is seen of the page, a sentence for each fault. */
() => {
  const faults = [];
  const root = document.querySelector(".ravine");
  const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !e.closest(".rv-unseen, .rv-tip, .rv-chip-tip, .katex-mathml, [aria-hidden=true].rv-over");
  const name = (e) => `${e.tagName.toLowerCase()}.${String(e.className.baseVal ?? e.className).split(" ").join(".")} "${(e.textContent || e.value || "").trim().slice(0, 40)}"`;
  const wide = document.documentElement.clientWidth;
  const scrolls = (e) => { const s = getComputedStyle(e); return /auto|scroll/.test(s.overflowX + s.overflowY); };
  // Every line of text, as the boxes that its letters have.
  const texts = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const own = node.parentElement;
    if (!node.textContent.trim() || !shown(own) || own.closest("style, .katex")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 1 && box.height > 1) texts.push({ own, box });
  }
  for (const own of root.querySelectorAll(".katex-html")) if (shown(own)) texts.push({ own, box: own.getBoundingClientRect() });
  for (const own of root.querySelectorAll("input[type=text]")) if (shown(own)) {
    if (own.scrollWidth > own.clientWidth + 1) faults.push(`cut: ${name(own)}`);
  }
  for (const { own, box } of texts) {
    if (box.left < -1 || box.right > wide + 1) faults.push(`beyond the screen: ${name(own)} ${Math.round(box.left)}..${Math.round(box.right)}`);
    for (let e = own; e && e !== document.body; e = e.parentElement) {
      const s = getComputedStyle(e);
      if (!/hidden|clip|auto|scroll/.test(s.overflowX + s.overflowY)) continue;
      const frame = e.getBoundingClientRect();
      const [across, along] = [/hidden|clip/.test(s.overflowX), /hidden|clip/.test(s.overflowY)];
      if (across && (box.left < frame.left - 1.5 || box.right > frame.right + 1.5)) faults.push(`cut across: ${name(own)} by ${name(e).slice(0, 50)}`);
      if (along && (box.top < frame.top - 3 || box.bottom > frame.bottom + 3)) faults.push(`cut along: ${name(own)} by ${name(e).slice(0, 50)}`);
      if (scrolls(e)) break;
    }
    const style = getComputedStyle(own);
    if (style.textOverflow === "ellipsis" && own.scrollWidth > own.clientWidth + 1) faults.push(`shortened: ${name(own)}`);
    const size = parseFloat(style.fontSize);
    if (size < 13.9 && !own.closest("sup, sub, .katex")) faults.push(`small: ${size} ${name(own)}`);
  }
  const inSight = ({ own, box }) => {
    let { left, right, top, bottom } = box;
    for (let e = own; e && e !== document.body; e = e.parentElement) {
      if (!scrolls(e)) continue;
      const f = e.getBoundingClientRect();
      [left, right, top, bottom] = [Math.max(left, f.left), Math.min(right, f.right), Math.max(top, f.top), Math.min(bottom, f.bottom)];
    }
    return { left, right, top, bottom };
  };
  // No text lies over another, nor over a control that is not its own.
  const fixed = (e) => e.closest(".rv-player, .rv-menu, .rv-tagline");
  for (let i = 0; i < texts.length; i++) for (let j = i + 1; j < texts.length; j++) {
    const [a, b] = [texts[i], texts[j]];
    if (a.own === b.own || Boolean(fixed(a.own)) !== Boolean(fixed(b.own))) continue;
    if (a.own.closest(".katex-html") && a.own.closest(".katex-html") === b.own.closest(".katex-html")) continue;
    // What is scrolled out of its place is not seen.
    const [p, q] = [inSight(a), inSight(b)];
    const [w, h] = [Math.min(p.right, q.right) - Math.max(p.left, q.left), Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)];
    if (w > 2 && h > 4) faults.push(`over one another: ${name(a.own)} and ${name(b.own)}`);
  }
  // Tick labels stand upright, whole and apart.
  for (const plot of root.querySelectorAll(".rv-plot .rv-ground")) {
    if (!shown(plot) || !plot.clientWidth) continue;
    const frame = plot.closest(".rv-plot").getBoundingClientRect();
    for (const side of ["rv-x", "rv-y"]) {
      const labels = [...plot.querySelectorAll(`.${side}`)];
      const boxes = labels.map((e) => e.getBoundingClientRect());
      labels.forEach((label, i) => {
        const box = boxes[i];
        if (/rotate\((?!0[,)])/.test(label.getAttribute("transform") || "")) faults.push(`turned: tick ${label.textContent}`);
        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) faults.push(`cut: tick ${label.textContent}`);
        if (i && side === "rv-x" && box.left < boxes[i - 1].right + 2) faults.push(`close: ticks ${labels[i - 1].textContent} and ${label.textContent}`);
      });
    }
  }
  for (const chip of root.querySelectorAll(".rv-chip:not(.rv-none)")) {
    if (!shown(chip)) continue;
    const [box, frame] = [chip.getBoundingClientRect(), chip.closest(".rv-runs").getBoundingClientRect()];
    if (box.left < frame.left || box.right > frame.right + 0.5) faults.push(`a chip beyond its line: ${name(chip)}`);
    if (chip.scrollWidth > chip.clientWidth + 1) faults.push(`a chip that is cut: ${name(chip)}`);
    for (const other of chip.parentElement.children) {
      if (other === chip || !shown(other) || other.classList.contains("rv-tools")) continue;
      const b = other.getBoundingClientRect();
      if (Math.min(box.right, b.right) - Math.max(box.left, b.left) > 1 && Math.min(box.bottom, b.bottom) - Math.max(box.top, b.top) > 1) faults.push(`a chip over ${name(other)}`);
    }
  }
  const bar = root.querySelector(".rv-player").getBoundingClientRect();
  if (innerHeight >= 500 && (bar.bottom > innerHeight + 1 || bar.top < 0)) faults.push(`the bar is out of sight: ${Math.round(bar.top)}..${Math.round(bar.bottom)}`);
  if (document.documentElement.scrollWidth > wide + 1) faults.push("the page is wider than the screen");
  return [...new Set(faults)];
}
