// What tools/browser.py asks of a page. Each question gives a list of faults, in words.

// Whether the formulas are typeset, or a promise of it.
function typeset() {
  if (!window.MathJax || !document.querySelector(".math")) return true;
  return window.MathJax.startup && window.MathJax.startup.promise.then(() => true);
}

// Whether the style sheets that the page wants are here: Quarto's change with the theme.
function stylesLoaded() {
  return [...document.querySelectorAll("link[rel~=stylesheet]")].every(link => link.sheet);
}

// The nodes with text under an element that are not only blanks.
function* texts(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (walker.currentNode.data.trim()) yield walker.currentNode;
}

// Formulas in error, formulas that are not typeset, and TeX that has not become a formula.
function faultyFormulas() {
  const all = selector => [...document.querySelectorAll(selector)];
  const error = element => element.getAttribute("data-mjx-error") || element.textContent;
  const broken = '[data-mjx-error], mjx-merror, g[data-mml-node="merror"]';
  const faults = all(broken).map(element => "in error: " + error(element));
  for (const formula of all(".math"))
    if (!formula.querySelector("mjx-container"))
      faults.push("not typeset: " + formula.textContent.slice(0, 80));
  const tex = /\$\$|\\\(|\\\[|\\(frac|tag|begin|mathsf)\b/;
  for (const node of texts(document.body)) {
    const elsewhere = "pre, code, script, style, mjx-container, .math";
    if (tex.test(node.data) && !node.parentElement.closest(elsewhere))
      faults.push("left as TeX: " + node.data.slice(0, 80));
  }
  return faults;
}

// A colour in any of CSS's notations as [red, green, blue, opacity], each from 0 to 1.
const channels = (() => {
  const known = new Map();
  let context;
  return colour => {
    if (!known.has(colour)) {
      context ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const pixel = [...context.getImageData(0, 0, 1, 1).data];
      known.set(colour, pixel.map(value => value / 255));
    }
    return known.get(colour);
  };
})();

// A colour laid over another, which is opaque.
function over([red, green, blue, opacity], below) {
  return [red, green, blue].map((value, i) => opacity * value + (1 - opacity) * below[i]);
}

// The luminance of a colour, as WCAG 2 has it.
function luminance(colour) {
  const linear = colour.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

// The colour behind an element: its own background over those of what it stands in.
function ground(element, known) {
  if (!element) return [1, 1, 1];
  if (!known.has(element)) {
    const own = channels(getComputedStyle(element).backgroundColor);
    const below = own[3] === 1 ? own : ground(element.parentElement, known);
    known.set(element, over(own, below));
  }
  return known.get(element);
}

// Whether a reader sees an element.
function isSeen(element) {
  return element.getClientRects().length > 0
    && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
}

// The elements that show text or a formula.
function readables() {
  const found = new Set(document.querySelectorAll("mjx-container"));
  const elsewhere = "script, style, noscript, template, svg, mjx-container";
  for (const node of texts(document.body))
    if (!node.parentElement.closest(elsewhere)) found.add(node.parentElement);
  return found;
}

// Texts whose contrast with what is behind them is below a limit, one per pair of colours.
function unreadable(limit) {
  const grounds = new Map(), pairs = new Map();
  for (const element of readables()) {
    const colour = getComputedStyle(element).color, behind = ground(element, grounds);
    const pair = colour + " on " + behind;
    if (pairs.get(pair) || !isSeen(element)) continue;
    const both = [luminance(over(channels(colour), behind)), luminance(behind)];
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    const words = JSON.stringify(element.textContent.trim().slice(0, 40));
    const fault = `unreadable: a contrast of ${contrast.toFixed(2)} in ${words}`;
    pairs.set(pair, contrast < limit ? fault : "fine");
  }
  return [...pairs.values()].filter(verdict => verdict !== "fine");
}

// Whether the page goes with the theme that its reader prefers.
function otherTheme(theme) {
  const isLight = luminance(ground(document.body, new Map())) > 0.2;
  return isLight === (theme === "light") ? [] : ["does not go with the theme preferred"];
}

// What is wrong with how the page looks now.
function lookAt(theme, limit) {
  const root = document.documentElement, excess = root.scrollWidth - root.clientWidth;
  const sideways = excess > 0 ? [`scrolls sideways by ${excess} px`] : [];
  return [...sideways, ...otherTheme(theme), ...unreadable(limit)];
}

window.reader = { typeset, stylesLoaded, faultyFormulas, lookAt };
