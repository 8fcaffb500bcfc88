/* Find: sections, headings, rows with an address, and clips. */
(() => {
  const { $, $$, element, fragment } = CNNVIZ;
  const N_FOUND = 12;
  let places = null;  // [{ text, target }]
  let chosen = -1;

  function collect() {
    const found = [];
    for (const node of $$("main section, main .group[id], main details[id]")) {
      const title = $("h2, h3, summary", node);
      if (title) found.push({ text: title.textContent.trim(), target: node.id });
    }
    for (const row of $$("main tr[id]:not([id^='clip='])")) {
      const cells = [...row.cells].slice(0, 3).map((cell) => cell.innerText.trim()).filter(Boolean);
      const target = row.id.replace(/^row-/, "");  // a row whose own address is that of a figure
      const words = target.replace("=", " ").replace(/\.[0-9a-f]{8}$/, "");  // without the result's digest
      found.push({ text: `${words}  ${cells.join(" \u00b7 ")}`, target });
    }
    for (const row of CNNVIZ.clips.each()) found.push({ text: `clip ${row[1]}`, target: `clip=${row[0]}` });
    return found;
  }

  /** How many of the words stand in a text as whole words. */
  function whole(text, words) {
    const there = new Set(text.toLowerCase().split(/[\s:/\u00b7]+/));
    return words.filter((word) => there.has(word)).length;
  }

  function search() {
    places ||= collect();
    const words = $("#find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = words.length ? places.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word))) : [];
    hits.sort((a, b) => whole(b.text, words) - whole(a.text, words));
    const items = hits.slice(0, N_FOUND).map(({ text, target }, index) => {
      const item = element("li", { role: "option", id: `found-${index}`, "aria-selected": "false" }, text);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); open(target); });
      item.dataset.target = target;
      return item;
    });
    if (words.length && !items.length) items.push(element("li", { role: "option", "aria-disabled": "true" }, "nothing found"));
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
