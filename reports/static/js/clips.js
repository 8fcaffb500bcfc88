/* The list of clips: filter, fifty rows at a time, links "#clip=3", "#class=yes" and "#confusion=true:3,pred:7". */
CNNVIZ.clips = (() => {
  const { $, $$, element } = CNNVIZ;
  const N_ROWS = 50;
  const N_ASKED = 12;
  const CLIP = 0, NAME = 1, TRUE = 2, PREDICTED = 3, SECONDS = 4, SPLIT = 5, NOTE = 6, EXPLAINED = 7;
  let rows = [];
  let shown = [];
  let first = 0;
  let figure = null;
  let form = null;
  let pair = null;  // [true, predicted] after a click in the confusion matrix

  function name(number) { return rows.find((row) => row[CLIP] === number)?.[NAME]; }

  function matches(row) {
    if (pair) return row[TRUE] === pair[0] && row[PREDICTED] === pair[1];
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = `${row[NAME]} ${row[TRUE]} ${row[PREDICTED]} ${row[SPLIT]} ${row[NOTE]}`.toLowerCase();
    const wanted = form.elements.class?.value;
    return words.every((word) => text.includes(word))
      && (!wanted || row[TRUE] === wanted)
      && (!form.elements.wrong?.checked || (row[PREDICTED] && row[PREDICTED] !== row[TRUE]))
      && (!form.elements.audio.checked || CNNVIZ.sound.has(row[CLIP]));
  }

  function select() {
    shown = rows.filter(matches);
    first = 0;
    draw();
  }

  function line(row) {
    const cells = [element("td", { class: "button" }), element("th", { scope: "row" }, row[NAME])];
    if (CNNVIZ.sound.has(row[CLIP])) cells[0].append(button(row));
    const wrong = row[PREDICTED] && row[TRUE] && row[PREDICTED] !== row[TRUE];
    if (form.elements.class) cells.push(element("td", {}, row[TRUE]));
    if (form.elements.wrong) cells.push(element("td", { class: wrong ? "wrong" : null }, row[PREDICTED]));
    if (rows.some((other) => other[EXPLAINED])) {
      const why = row[EXPLAINED] ? [element("a", { href: `#attribution=${row[CLIP]}` }, "explained")] : [];
      cells.push(element("td", {}, ...why));
    }
    cells.push(element("td", { class: "n" }, row[SECONDS]?.toFixed(2) ?? "\u2014"));
    cells.push(element("td", {}, row[SPLIT]), element("td", {}, row[NOTE]));
    return element("tr", { id: `clip=${row[CLIP]}` }, ...cells);
  }

  function button(row) {
    const node = $("#toggle").cloneNode(true);
    node.removeAttribute("id");
    node.classList.remove("on");
    node.dataset.play = row[CLIP];
    node.setAttribute("aria-label", `Play ${row[NAME]}`);
    return node;
  }

  function draw() {
    const part = shown.slice(first, first + N_ROWS);
    $("tbody", figure).replaceChildren(...part.map(line));
    const count = (n) => n.toLocaleString("en");
    const range = part.length ? `${count(first + 1)}\u2013${count(first + part.length)} of ${count(shown.length)}` : "none";
    const status = $(".status", figure);
    status.textContent = pair ? `${count(shown.length)} clips of \u201c${pair[0]}\u201d predicted as \u201c${pair[1]}\u201d ` : `Showing ${range} clips`;
    if (pair) {
      const clear = element("button", { type: "button" }, "show all");
      clear.addEventListener("click", () => { pair = null; select(); });
      status.append(clear, ...command());
    }
    $(".pages span", figure).textContent = range;
    const [back, on] = $$(".pages button", figure);
    back.disabled = first === 0;
    on.disabled = first + N_ROWS >= shown.length;
    $(".pages", figure).hidden = shown.length <= N_ROWS;
  }

  /** A word as a shell takes it. */
  function quoted(word) {
    return /^[\w.+:@%\/][\w.+:@%\/-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  }

  /** How clips of a confusion that the page does not explain are explained, to copy. */
  function command() {
    if (!rows.some((row) => row[EXPLAINED])) return [];
    const missing = shown.filter((row) => !row[EXPLAINED] && CNNVIZ.sound.has(row[CLIP]));
    if (!missing.length) return [];
    const text = `cnnviz explain RUN --true ${quoted(pair[0])} --predicted ${quoted(pair[1])}`;
    const code = element("code", {}, text);
    const copy = element("button", { type: "button" }, "copy");
    copy.addEventListener("click", () => navigator.clipboard.writeText(text)
      .then(() => { copy.textContent = "copied"; }, () => getSelection().selectAllChildren(code)));
    return [element("span", { class: "command" }, "Explain ", missing.length > N_ASKED ? `${N_ASKED} of them` : "them", pair[0] === pair[1] ? "" : ", beside clips that were not confused", " (RUN is the run folder): ", code, " ", copy)];
  }

  /** Row or list that shows a fragment. */
  function show(target) {
    if (!figure) return null;
    const one = target.match(/^clip=(\d+)$/);
    const two = target.match(/^confusion=(.*)$/);
    const known = [...form.elements.class?.options ?? []].slice(1).map((option) => `class=${option.value}`);
    if (!one && !two && !known.includes(target)) return null;
    pair = null;
    if (two) {
      const match = $$("[data-pair]").find((node) => node.dataset.pair === target);
      if (!match) return null;
      pair = JSON.parse(match.dataset.names);
    }
    form.reset();
    if (known.includes(target)) form.elements.class.value = target.slice(6);
    select();
    if (one) {
      const index = shown.findIndex((row) => row[CLIP] === Number(one[1]));
      if (index < 0) return null;
      first = index - index % N_ROWS;
      draw();
    }
    return one ? document.getElementById(target) : figure;
  }

  addEventListener("DOMContentLoaded", () => {
    figure = $("[data-clips]");
    if (!figure) return;
    rows = CNNVIZ.get("clips") || [];
    form = $("form", figure);
    form.addEventListener("input", () => { pair = null; select(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    $(".pages", figure).addEventListener("click", (event) => {
      const step = Number(event.target.dataset.step || 0) * N_ROWS;
      if (!step) return;
      first = Math.max(0, Math.min(first + step, shown.length - 1));
      draw();
      CNNVIZ.bring(figure);
    });
    select();
  });
  CNNVIZ.follow(show);
  return { name, each: () => rows };
})();
