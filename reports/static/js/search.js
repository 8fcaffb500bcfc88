/* Find: sections, headings, classes, rows, filters that pass a frequency, findings and clips. */
(() => {
  const { $, $$, element, fragment } = CNNVIZ;
  const N_FOUND = 12;
  let places = null;  // [{ text, target, band }], band in Hz
  let chosen = -1;

  function collect() {
    const found = [];
    for (const node of $$("main section, main .group[id], main details[id]")) {
      const title = $("h2, h3, summary", node);
      if (title) found.push({ text: title.textContent.trim(), target: node.id });
    }
    const counts = new Map();
    for (const row of CNNVIZ.clips.each()) if (row[2]) counts.set(row[2], (counts.get(row[2]) || 0) + 1);
    counts.forEach((n, name) => found.push({ text: `class ${name}: ${n.toLocaleString("en")} clips`, target: `class=${name}` }));
    $$("main tr[id]:not([id^='clip='])").forEach((row) => found.push(place(row)));
    for (const item of $$("main .findings li")) {
      const link = $("a", item);
      const text = [...item.childNodes].filter((node) => node !== link).map((node) => node.textContent).join("").trim();
      found.push({ text, target: link ? decodeURIComponent(link.hash.slice(1)) : item.closest("[id]").id });
    }
    for (const row of CNNVIZ.clips.each()) found.push({ text: `clip ${row[1]}`, target: `clip=${row[0]}` });
    return found;
  }

  /** Row of a table: what it is, its words, and the band it passes. */
  function place(row) {
    const target = row.id.replace(/^row-/, "");  // a row whose own address is that of a figure
    const table = $("figcaption span", row.closest("figure")).textContent.split(/[;,]/)[0];
    const what = target.includes("=") ? target.replace("=", " ").replace(/\.[0-9a-f]{8}$/, "") : table;
    const words = [...row.cells].filter((cell) => !cell.classList.contains("n")).map((cell) => cell.textContent.trim());
    const band = row.dataset.band?.split(" ").map(Number);
    const passes = band ? [`${[...new Set(band)].map((hertz) => Math.round(hertz).toLocaleString("en")).join("\u2013")} Hz`] : [];
    const text = [what, ...words.filter((word) => word && word !== "\u2014" && !what.endsWith(`:${word}`)), ...passes];
    return { text: text.join(" \u00b7 "), target, band };
  }

  /** Filters whose pass band holds a frequency, or whose centre it is, the nearest middle first. */
  function passing(hertz) {
    const off = ({ band: [low, high] }) => Math.abs(Math.log((low + high) / 2 / hertz));
    const inside = ({ band }) => {
      const slack = band && band[0] === band[1] ? 0.02 * hertz : 0;  // a centre alone
      return band && band[0] - slack <= hertz && hertz <= band[1] + slack;
    };
    return places.filter(inside).sort((one, two) => off(one) - off(two));
  }

  /** How many of the words stand in a text as whole words. */
  function whole(text, words) {
    const there = new Set(text.toLowerCase().split(/[\s:/\u00b7,.]+/));
    return words.filter((word) => there.has(word)).length;
  }

  function search() {
    places ||= collect();
    const asked = $("#find").value.toLowerCase();
    const tone = asked.match(/(\d[\d.,]*)\s*(k?)hz\b/);
    const words = asked.replace(tone?.[0] ?? "", "").split(/\s+/).filter(Boolean);
    const near = tone ? passing(Number(tone[1].replaceAll(",", "")) * (tone[2] ? 1000 : 1)) : places;
    const hits = words.length || tone ? near.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word))) : [];
    hits.sort((a, b) => whole(b.text, words) - whole(a.text, words));
    const items = hits.slice(0, N_FOUND).map(({ text, target }, index) => {
      const item = element("li", { role: "option", id: `found-${index}`, "aria-selected": "false" }, text);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); open(target); });
      item.dataset.target = target;
      return item;
    });
    if (asked.trim() && !items.length) items.push(element("li", { role: "option", "aria-disabled": "true" }, "nothing found"));
    $("#found").replaceChildren(...items);
    toggle(items.length > 0);
    choose(hits.length ? 0 : -1);
  }

  function toggle(is_open) {
    $("#found").hidden = !is_open;
    $("#find").setAttribute("aria-expanded", String(is_open));
  }

  function choose(index) {
    const items = $$("#found [data-target]");
    chosen = items.length ? (index + items.length) % items.length : -1;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    if (chosen >= 0) $("#find").setAttribute("aria-activedescendant", items[chosen].id);
    else $("#find").removeAttribute("aria-activedescendant");
  }

  function open(target) {
    toggle(false);
    $("#find").value = "";
    $("#find").blur();
    if (fragment() === target) dispatchEvent(new Event("hashchange"));
    else location.hash = target;
  }

  function keys(event) {
    if (event.key === "Escape") { toggle(false); $("#find").blur(); return; }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    }
    const item = $$("#found [data-target]")[chosen];
    if (event.key === "Enter" && item) open(item.dataset.target);
  }

  addEventListener("DOMContentLoaded", () => {
    $("#find").addEventListener("input", search);
    $("#find").addEventListener("keydown", keys);
    $("#find").addEventListener("blur", () => toggle(false));
    const narrow = $(".contents a[aria-current]");
    narrow?.scrollIntoView({ block: "nearest" });
  });
})();
