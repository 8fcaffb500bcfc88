/* Tables: show that there is more at the sides, sort by a head, unfold, copy as tab-separated text. */
(() => {
  const { $, $$, element } = CNNVIZ;

  /** Rows that are folded, and that no link leads to, are elements once somebody asks for them. */
  function complete(figure) {
    const rest = $("noscript.rest", figure);
    if (!rest) return;
    const template = element("template");
    template.innerHTML = rest.textContent;
    $("tbody", figure).append(...$$("tr", template.content));
    rest.remove();
  }

  /** On paper everything is there, and pictures stand for figures that are drawn by scripts. */
  function completeForPrint() {
    $$(".table").forEach(complete);
    for (const picture of $$("noscript.fallback")) {
      const node = element("div", { class: "fallback" });
      node.innerHTML = picture.textContent;
      picture.replaceWith(node);
    }
  }

  /** What a cell is sorted by: a key of its own, else its text, of numbers without what sets them. */
  function keyOf(cell) {
    const text = cell.dataset.v ?? cell.textContent.trim();
    if (text === "\u2014") return "";
    return cell.matches(".n:not([data-v]), .numbers td:not(.t, .long, .button)") ? text.replace(/[^\w.+-]/g, "") : text;
  }

  function sort(head) {
    complete(head.closest("figure"));
    const table = head.closest("table");
    const column = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    const rows = [...table.tBodies[0].rows];
    const keys = new Map(rows.map((row) => [row, keyOf(row.cells[column])]));
    const numbers = rows.every((row) => keys.get(row) === "" || !Number.isNaN(Number(keys.get(row))));
    const compare = numbers ? (a, b) => a - b : (a, b) => a.localeCompare(b, undefined, { numeric: true });
    rows.sort((one, two) => {
      const a = keys.get(one), b = keys.get(two);
      if (a === "" || b === "") return (a === "") - (b === "");  // nothing comes last either way
      return up ? compare(a, b) : compare(b, a);
    });
    $$("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const fold = rows.filter((row) => row.classList.contains("more")).length;
    rows.forEach((row, index) => row.classList.toggle("more", index >= rows.length - fold));
    table.tBodies[0].append(...rows);
  }

  /** Mark the sides on which a box has more than it shows; one that shows all needs no focus. */
  function edges(box) {
    const rest = box.scrollWidth - box.clientWidth;
    box.parentElement.classList.toggle("more-left", box.scrollLeft > 1);
    box.parentElement.classList.toggle("more-right", rest - box.scrollLeft > 1);
    const name = $("tbody th", box);
    if (name) box.parentElement.style.setProperty("--stuck", `${name.offsetWidth}px`);
    if (rest > 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }

  /** Watch the boxes that scroll sideways, and what is in them. */
  function frames() {
    const sized = new ResizeObserver((entries) => {
      for (const { target } of entries) edges(target.closest(".frame").firstElementChild);
    });
    for (const box of $$(".frame > *")) {
      sized.observe(box);
      sized.observe(box.firstElementChild);
      box.addEventListener("scroll", () => edges(box), { passive: true });
    }
  }

  async function copy(button) {
    complete(button.closest("figure"));
    const rows = $$("tr", button.closest("figure"));
    const text = rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim().replace(/\s+/g, " ")).join("\t"));
    let done = false;
    try { await navigator.clipboard.writeText(text.join("\n")); done = true; } catch { done = fallback(text.join("\n")); }
    button.textContent = done ? "Copied" : "Not allowed";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  function fallback(text) {
    const area = element("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }

  addEventListener("DOMContentLoaded", () => {
    frames();
    for (const head of $$("th[data-sort]")) {
      const button = element("button", { type: "button", class: "sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(head));
    }
    addEventListener("beforeprint", completeForPrint);
    matchMedia("print").addEventListener("change", completeForPrint);
    document.addEventListener("click", (event) => {
      const button = event.target.closest(".copy, .unfold");
      if (!button) return;
      if (button.classList.contains("copy")) { copy(button); return; }
      complete(button.closest("figure"));
      const open = button.closest("figure").classList.toggle("unfolded");
      button.setAttribute("aria-expanded", String(open));
      button.dataset.closed ||= button.textContent;
      button.textContent = open ? "Show fewer" : button.dataset.closed;
    });
  });
})();
