"use strict";
/* The page's one global: payloads, deep links and small tools the other scripts share. */
const CNNVIZ = (() => {
  const inside = new Map();   // name -> parsed payload
  const waiting = new Map();  // name -> functions that wait for its file
  const $ = (query, root = document) => root.querySelector(query);
  const $$ = (query, root = document) => [...root.querySelectorAll(query)];

  /** Payload inside the page, parsed at its first use; undefined where it is a file. */
  function get(name) {
    if (!inside.has(name)) {
      const block = $$("script[data-payload]").find((node) => node.dataset.payload === name);
      if (!block) return undefined;
      inside.set(name, JSON.parse(block.textContent));
    }
    return inside.get(name);
  }

  const SIGNS = Array.from({ length: 94 }, (_, k) => String.fromCharCode(33 + k)).filter((sign) => !'"<\\'.includes(sign));

  /** Bytes of a packed text: 13 bits in two of 91 signs, deflated. */
  async function inflate(text) {
    const place = new Int16Array(128);
    SIGNS.forEach((sign, k) => { place[sign.charCodeAt(0)] = k; });
    const bytes = new Uint8Array((text.length * 13) >> 4);
    let bits = 0, n_bits = 0, at = 0;
    for (let i = 0; i < text.length; i += 2) {
      bits = ((bits << 13) | (place[text.charCodeAt(i)] * 91 + place[text.charCodeAt(i + 1)])) & 0xfffff;
      for (n_bits += 13; n_bits >= 8; n_bits -= 8) bytes[at++] = bits >> (n_bits - 8);
    }
    const length = new DataView(bytes.buffer).getUint32(0, true);  // the rest fills up the last signs
    const stream = new Blob([bytes.subarray(4, 4 + length)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  const KINDS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, uint16: Uint16Array };

  /** JSON of a packed payload; where it has numbers, they are in `numbers`, by type. */
  async function unpack(text) {
    const bytes = await inflate(text);
    let at = bytes.indexOf(10) + 1;
    const value = JSON.parse(new TextDecoder().decode(bytes.subarray(0, at)));
    value.numbers = {};
    for (const [kind, length] of Object.entries(value.sizes || {})) {
      const width = KINDS[kind].BYTES_PER_ELEMENT;
      const plain = new Uint8Array(length * width);
      for (let byte = 0; byte < width; byte++) {
        for (let i = 0; i < length; i++) plain[i * width + byte] = bytes[at++];
      }
      value.numbers[kind] = new KINDS[kind](plain.buffer);
    }
    return value;
  }

  /** Packed text of a payload inside the page. */
  function packed(name) { return $$("script[data-packed]").find((node) => node.dataset.packed === name)?.textContent; }

  /** Files in data/ call this. */
  async function put(name, text) {
    const value = await unpack(text);
    inside.set(name, value);
    (waiting.get(name) || []).forEach((done) => done(value));
    waiting.delete(name);
  }

  /** Call `done` with a packed payload, from the page or from its file in data/. */
  function load(name, done) {
    if (inside.has(name)) { done(inside.get(name)); return; }
    if (waiting.has(name)) { waiting.get(name).push(done); return; }
    waiting.set(name, [done]);
    const text = packed(name);
    if (text === undefined) script(`data/${encodeURIComponent(name.replace(/:/g, "-"))}.js`);
    else put(name, text);
  }

  function script(source, done) {
    const node = document.createElement("script");
    node.src = source;
    if (done) node.onload = done;
    document.head.append(node);
  }

  /** Element with text, without any markup from data. */
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  /** Fragment of the address, as data write it. */
  function fragment() {
    let text = location.hash.slice(1);
    try { text = decodeURIComponent(text); } catch { /* as it is */ }
    return owned(text);
  }

  /** A fragment without the digest of a result leads to the first result that has such a part. */
  function owned(text) {
    if (!text || document.getElementById(text) || document.getElementById(`row-${text}`)) return text;
    for (const { id } of $$("main [id]")) {
      const own = id.replace(/^row-/, "");
      if (own.startsWith(text) && /^\.[0-9a-f]{8}$/.test(own.slice(text.length))) return own;
    }
    return text;
  }

  const followers = [];
  /** Functions from a fragment to the node that shows it: none where unknown, true where nothing shall move. */
  function follow(answer) { followers.push(answer); }

  function go({ arriving = false } = {}) {
    const target = fragment();
    if (!target) return;
    const shown = followers.map((answer) => answer(target)).find(Boolean);
    const node = document.getElementById(target);
    if (node) mark(node);
    if (shown === true) return;
    if (shown && !arriving && inView(shown.closest(".choice") ?? shown)) return;  // it changed where one looks
    if (shown || node) bring(shown || node);
  }
  const arrive = () => go({ arriving: true });
  addEventListener("hashchange", () => go());
  addEventListener("DOMContentLoaded", () => { ready(); setTimeout(arrive); });  // the other scripts first

  /** Unfold what a node lies in, and mark it as the one the address names. */
  function mark(node) {
    for (let up = node.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (node.tagName === "DETAILS") node.open = true;
    node.closest(".folds")?.classList.add("unfolded");
    $$(".target").forEach((old) => old.classList.remove("target"));
    node.classList.add("target");
  }

  function inView(node) {
    const { top, bottom } = node.getBoundingClientRect();
    return bottom > 120 && top < 0.6 * innerHeight;
  }

  const BY_HAND = ["wheel", "touchstart", "pointerdown", "keydown"];
  const SETTLED_MS = 3000;  // without a change of heights, after which a page has settled
  let release = () => {};

  /** Scroll to a node, and stay with it while what is drawn around it gets its height. */
  function bring(node) {
    release();
    const put = () => node.scrollIntoView({ behavior: "instant", block: "start" });
    let timer = null;
    const heights = new ResizeObserver(() => {
      put();
      clearTimeout(timer);
      timer = setTimeout(release, SETTLED_MS);
    });
    release = () => {
      heights.disconnect();
      clearTimeout(timer);
      BY_HAND.forEach((event) => removeEventListener(event, release, true));
    };
    BY_HAND.forEach((event) => addEventListener(event, release, true));
    put();
    $$("main, main > section").forEach((part) => heights.observe(part));  // tells at once, and at each change
  }

  function theme() {
    const root = document.documentElement;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return root.dataset.theme || (dark ? "dark" : "light");
  }
  const painters = [];
  /** Functions to call when light turns dark or back. */
  function painted(paint) { painters.push(paint); }
  function repaint() { painters.forEach((paint) => paint(theme())); }
  function switchTheme() {
    const root = document.documentElement;
    root.dataset.theme = theme() === "dark" ? "light" : "dark";
    try { localStorage.setItem("cnnviz-theme", root.dataset.theme); } catch { /* sandboxed page */ }
    repaint();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

  /** Move the focus to the heading `step` further. */
  function heading(step) {
    const heads = $$("main h2, main h3").filter((node) => node.offsetParent);
    const line = 90;
    const tops = heads.map((node) => node.getBoundingClientRect().top);
    let index = step > 0 ? tops.findIndex((top) => top > line + 8) : -1;
    if (step < 0) tops.forEach((top, i) => { if (top < line - 8) index = i; });
    if (index < 0) return;
    bring(heads[index]);
    heads[index].tabIndex = -1;
    heads[index].focus({ preventScroll: true });
  }

  function keys(event) {
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || typing || $("dialog[open]")) return;
    const steps = { ArrowLeft: -1, ArrowRight: 1, k: -1, j: 1 };
    const scrolls = event.key.startsWith("Arrow") && event.target.closest("[tabindex='0']");
    if (event.key in steps && !scrolls && CNNVIZ.figures.step(steps[event.key], { only_chosen: event.key.length === 1 })) {
      event.preventDefault();
      return;
    }
    const actions = {
      "j": () => heading(1), "k": () => heading(-1), "t": switchTheme, "?": () => $("#help").showModal(),
      "/": () => $("#find").focus(),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  /** Mark the section being read in the list of sections. */
  function contents() {
    const links = new Map($$(".contents a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    }, { rootMargin: "-20% 0px -70% 0px" });
    $$("main > section").forEach((section) => seen.observe(section));
  }

  /** Data links work without the files beside the page, from the copy inside it. */
  function downloads(event) {
    const link = event.target.closest("a[data-file]");
    if (!link || packed("files") === undefined) return;
    event.preventDefault();
    const save = (text) => {
      const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      element("a", { href: address, download: link.dataset.file }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10000);
    };
    load("files", (files) => {
      const file = files[link.dataset.file];
      if (typeof file === "string") save(file);
      else CNNVIZ.figures.table(file, save);
    });
  }

  function ready() {
    addEventListener("keydown", keys);
    document.addEventListener("click", downloads);
    $("#theme").addEventListener("click", switchTheme);
    $("#ask").addEventListener("click", () => $("#help").showModal());
    document.addEventListener("click", (event) => {  // the same link twice asks again
      const link = event.target.closest('a[href^="#"]');
      if (link && decodeURIComponent(link.hash) === "#" + fragment()) arrive();
    });
    const closed = new Set();
    addEventListener("beforeprint", () => $$("details:not([open])").forEach((node) => { closed.add(node); node.open = true; }));
    addEventListener("afterprint", () => { closed.forEach((node) => { node.open = false; }); closed.clear(); });
    contents();
  }

  return { $, $$, get, put, load, inflate, script, element, fragment, follow, bring, painted, theme };
})();
