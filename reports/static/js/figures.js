/* Interactive figures: BokehJS is started at the first one that scrolls into view. */
CNNVIZ.figures = (() => {
  const { $, $$, load, theme } = CNNVIZ;
  const drawn = new Map();    // name -> { view, payload, node }
  const waiting = new Map();  // name -> fragment to show once drawn
  const targets = new Map();  // fragment -> name of the figure that shows it
  let stepped = null;         // fragment that a step asked for: the page stays where it is
  let library = null;         // promise of BokehJS

  function bokeh() {
    library ||= new Promise((done) => {
      const block = $("#library");
      if (!block) { CNNVIZ.script(CNNVIZ.get("library"), () => done(window.Bokeh)); return; }
      CNNVIZ.inflate(block.textContent).then((bytes) => {
        const node = document.createElement("script");
        node.textContent = new TextDecoder().decode(bytes);
        document.head.append(node);
        done(window.Bokeh);
      });
    });
    return library;
  }

  function draw(node) {
    const name = node.dataset.figure;
    if (drawn.has(name)) return;
    drawn.set(name, null);
    load(`figure:${name}`, async (payload) => {
      const Bokeh = await bokeh();
      Bokeh.set_log_level("error");
      const canvas = $(".canvas", node);
      const views = await Bokeh.embed.embed_item(payload.item, canvas);
      const root = views.roots ? views.roots[0] : [...views][0];
      const model = root.model;
      drawn.set(name, { document: model.document, payload, node });
      node.classList.add("drawn");
      hear(drawn.get(name));
      nameRows(drawn.get(name));
      legend(drawn.get(name));
      switches(drawn.get(name));
      paint(drawn.get(name), theme());
      const target = waiting.get(name) ?? Object.keys(payload.views)[0];
      if (target !== undefined) put(drawn.get(name), target);
    });
  }

  /** A tap on a glyph plays its clip. */
  function hear({ document: doc, payload }) {
    const source = payload.clips && doc.get_model_by_name(payload.clips);
    if (!source) return;
    source.selected.properties.indices.change.connect(() => {
      const index = source.selected.indices[0];
      if (index !== undefined) CNNVIZ.sound.play(Number(source.get_column?.("clip")[index] ?? source.data.clip[index]));
    });
  }

  /** Tooltips of maps name the row under the pointer; their tools carry the names of all rows. */
  function nameRows({ document: doc }) {
    for (const tool of doc._all_models.values()) {
      if (tool.type !== "HoverTool" || !tool.tags.length) continue;
      tool.tooltips = (source, { x, image_index: cell }) => {
        const value = source.get_column("image")[cell.index][cell.flat_index];
        return CNNVIZ.element("div", {}, `${tool.tags[cell.j]}, ${x.toFixed(3)} s: ${value.toPrecision(3)}`);
      };
    }
  }

  /** Put the data of one view into the figure's sources. */
  function put(figure, target) {
    const sources = figure.payload.views[target];
    if (!sources) return;
    for (const name of Object.keys(sources)) {
      const data = columns(figure.payload, target, name);
      if (name === "title") {
        $(".heading", figure.node).textContent = data.text[0];
        const line = data.clip && figure.document.get_model_by_name("playhead");
        if (line) { line.tags = data.clip.map(Number); line.location = null; }
        continue;
      }
      const source = figure.document.get_model_by_name(name);
      if (source) source.data = { ...columnsOf(source), ...data };
    }
    figure.node.dataset.view = target;
  }

  /** Columns of a source in one view; of a response, also the magnitude that the level stands for. */
  function columns(payload, target, name) {
    const sources = payload.views[target];
    const [first] = Object.values(sources[name]);
    const computed = first?.of && CNNVIZ.responses.predict(unpack(payload, sources.taps.y), payload.grid);
    const data = Object.fromEntries(Object.entries(sources[name]).map(([key, value]) => [key, unpack(payload, value, computed)]));
    if (computed) data.linear = data.db.map((level) => 10 ** (level / 20));
    return data;
  }

  /** Text of a file whose numbers are a column of a figure, one view after the other. */
  function table({ figure, source, column, views, heads, rows, places }, done) {
    load(`figure:${figure}`, (payload) => {
      const values = views.map((view) => columns(payload, view, source)[column]);
      const cell = (value) => (Number.isNaN(value) ? "nan" : value.toFixed(places));
      const lines = rows.map((row, i) => [row, ...values.map((one) => cell(one[i]))].join(","));
      done([heads.join(","), ...lines, ""].join("\n"));
    });
  }

  function columnsOf(source) {
    return Object.fromEntries(source.columns().map((key) => [key, source.get_column(key)]));
  }

  /** Column from the numbers of a payload; codes with a step become numbers, the largest code NaN. */
  function unpack(payload, value, computed) {
    if (Array.isArray(value)) return value;
    const size = value.shape.reduce((product, n) => product * n, 1), row = value.shape.at(-1);
    let numbers = payload.numbers[value.dtype].slice(value.at, value.at + size);
    if (value.dtype.startsWith("uint")) for (let i = 0; i < size; i++) if (i % row) numbers[i] += numbers[i - 1];
    if (value.of) return CNNVIZ.responses.corrected(numbers, value.step, computed[value.of]);
    if (value.step !== undefined) {
      const nothing = value.dtype === "uint8" ? 255 : 65535;
      const kind = value.shape.length === 1 ? Float64Array : Float32Array;
      numbers = kind.from(numbers, (code) => (code === nothing ? NaN : value.lowest + value.step * code));
    }
    if (value.shape.length === 1) return numbers;
    const dtype = value.step === undefined ? value.dtype : "float32";
    const { ndarray } = window.Bokeh.require("core/util/ndarray");
    return [ndarray(numbers.buffer, { dtype, shape: value.shape })];
  }

  const classes = (figure) => [...figure.document._all_models.values()]
    .filter((model) => model.name?.startsWith?.("class:") && model.glyph);

  const SHAPES = {
    circle: "M0 6a6 6 0 1 0 12 0a6 6 0 1 0-12 0z", square: "M1 1h10v10H1z", triangle: "M6 0l6 11H0z",
    inverted_triangle: "M6 12l6-11H0z", diamond: "M6-1l5.5 7L6 13 .5 6z", plus: "M4 0h4v4h4v4H8v4H4V8H0V4h4z",
  };
  function sign(shape) {
    const svg = $("#toggle svg").cloneNode(false);
    svg.setAttribute("viewBox", "0 0 12 12");
    svg.append($("#toggle path").cloneNode(false));
    svg.firstChild.removeAttribute("class");
    svg.firstChild.setAttribute("d", SHAPES[shape] ?? SHAPES.circle);
    return svg;
  }

  /** Buttons that show and hide classes; the one pointed at stands out. */
  function legend(figure) {
    const renderers = classes(figure);
    if (renderers.length < 2) return;
    const list = CNNVIZ.element("div", { class: "legend", role: "group", "aria-label": "Classes shown" });
    for (const renderer of renderers) {
      const button = CNNVIZ.element("button", { type: "button", "aria-pressed": "true", class: `c${renderer.tags[0]} ${renderer.tags[1]}` });
      button.append(sign(renderer.glyph.marker?.value), renderer.name.slice(6));
      button.addEventListener("click", () => {
        renderer.visible = !renderer.visible;
        button.setAttribute("aria-pressed", String(renderer.visible));
      });
      const others = renderers.filter((other) => other !== renderer);
      const mute = (is_muted) => others.forEach((other) => { other.muted = is_muted; });
      for (const event of ["mouseenter", "focus"]) button.addEventListener(event, () => mute(true));
      for (const event of ["mouseleave", "blur"]) button.addEventListener(event, () => mute(false));
      list.append(button);
    }
    $(".canvas", figure.node).after(list);
  }

  /** Buttons to the views before and after. */
  function stepper(node) {
    const group = CNNVIZ.element("div", { role: "group", "aria-label": "Step through" });
    for (const [sign, name, by] of [["\u2190", "Previous", -1], ["\u2192", "Next", 1]]) {
      const button = CNNVIZ.element("button", { type: "button", "aria-label": name, title: `${name} (${sign})` }, sign);
      button.addEventListener("click", () => step(by, { node }));
      group.append(button);
    }
    return group;
  }

  /** Buttons that change properties of models by their names. */
  function switches(figure) {
    const bar = CNNVIZ.element("div", { class: "switches" });
    if (viewsOf(figure.node).length > 1) bar.append(stepper(figure.node));
    for (const [label, choices] of Object.entries(figure.payload.switches || {})) {
      const group = CNNVIZ.element("div", { role: "group", "aria-label": label }, CNNVIZ.element("span", {}, label));
      Object.entries(choices).forEach(([text, models], index) => {
        const button = CNNVIZ.element("button", { type: "button", "aria-pressed": String(index === 0) }, text);
        button.addEventListener("click", () => {
          $$("button", group).forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
          for (const [name, properties] of Object.entries(models)) {
            const model = figure.document.get_model_by_name(name);
            if (model) Object.assign(model, properties);
          }
        });
        group.append(button);
      });
      bar.append(group);
    }
    if (bar.children.length) $(".canvas", figure.node).before(bar);
  }

  /** Diverging colours have zero at the page's ground: in the dark, lightness is turned over. */
  const light = new WeakMap();
  function turn(mapper, mode) {
    if (!light.has(mapper)) light.set(mapper, mapper.palette);
    mapper.palette = light.get(mapper).map((colour) => (mode === "dark" ? turned(colour) : colour));
  }

  function turned(colour) {
    const code = typeof colour === "number" ? colour >>> 8 : parseInt(colour.slice(1, 7), 16);
    const inverse = [code >> 16, (code >> 8) & 255, code & 255].map((value) => 255 - value);
    const ends = Math.max(...inverse) + Math.min(...inverse);
    return `#${inverse.map((value) => (ends - value).toString(16).padStart(2, "0")).join("")}`;
  }

  const probe = document.body.appendChild(CNNVIZ.element("i", { hidden: "" }));
  /** A colour of the page by its name, such as --text, as the present theme has it. */
  function colour(name) {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  }

  /** Colours of the page for whatever in the figure has text, lines of axes, or a ground. */
  function paint(figure, mode) {
    if (!figure) return;
    const text = colour("--text"), soft = colour("--soft"), edge = colour("--edge"), ground = colour("--card");
    const wanted = {
      axis_label_text_color: soft, major_label_text_color: soft, text_color: null, title_text_color: soft,
      axis_line_color: edge, major_tick_line_color: edge, minor_tick_line_color: null, grid_line_color: edge,
      background_fill_color: ground, border_fill_color: ground, outline_line_color: edge,
      label_text_color: text, bar_line_color: null,
    };
    for (const model of figure.document._all_models.values()) {
      for (const [key, value] of Object.entries(wanted)) {
        if (value === null || !(key in model.properties) || (model[key] ?? null) === null) continue;
        model[key] = value;
      }
      if (model.type === "Title") model.text_color = text;
      if (model.palette && model.tags.includes("diverging")) turn(model, mode);
    }
    for (const renderer of classes(figure)) {
      const own = colour(`--c${renderer.tags[0]}`);
      for (const glyph of [renderer.glyph, renderer.nonselection_glyph, renderer.selection_glyph, renderer.muted_glyph]) {
        if (!glyph?.properties) continue;
        glyph.fill_color = own;
        glyph.line_color = renderer.tags[1] === "open" ? own : ground;
      }
    }
    figure.node.dataset.mode = mode;
  }

  /** A model named "playhead" (a Span) follows the sound of its clip (tag). */
  function playhead(clip, seconds) {
    for (const figure of drawn.values()) {
      const span = figure?.document.get_model_by_name("playhead");
      if (span && (!span.tags.length || span.tags.includes(clip))) span.location = seconds;
    }
  }

  /** Fragments of the views that a figure switches between. */
  function viewsOf(node) { return (CNNVIZ.get("views") || {})[node.dataset.figure] || []; }

  /** Figure with views of which most is in the window, if that is enough to see it change. */
  function inSight() {
    const seen = (node) => {
      const { top, bottom, height } = node.getBoundingClientRect();
      return (Math.min(bottom, innerHeight) - Math.max(top, 60)) / Math.min(height, innerHeight);
    };
    const nodes = $$("[data-figure].drawn").filter((node) => viewsOf(node).length > 1 && seen(node) > 0.3);
    return nodes.sort((one, two) => seen(two) - seen(one))[0];
  }

  /** Go `by` views on in a figure, without moving the page; answers whether there was one. */
  function step(by, { node = inSight(), only_chosen = false } = {}) {
    const all = node ? viewsOf(node) : [];
    if (all.length < 2 || (only_chosen && !all.includes(CNNVIZ.fragment()))) return false;
    stepped = all[(all.indexOf(node.dataset.view) + by + all.length) % all.length];
    location.replace(`#${stepped}`);
    return true;
  }

  function show(target) {
    const name = targets.get(target);
    const node = name !== undefined && $$("[data-figure]").find((one) => one.dataset.figure === name);
    if (!node) return null;
    if (drawn.get(name)) put(drawn.get(name), target);
    else { waiting.set(name, target); draw(node); }
    if (stepped === target) { stepped = null; return true; }
    return node;
  }

  addEventListener("DOMContentLoaded", () => {
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); draw(entry.target); }
    }, { rootMargin: "200px" });
    for (const node of $$("[data-figure]")) {
      near.observe(node);
      for (const target of viewsOf(node)) targets.set(target, node.dataset.figure);
    }
  });
  CNNVIZ.follow(show);
  CNNVIZ.painted((mode) => drawn.forEach((figure) => paint(figure, mode)));
  return { playhead, step, table };
})();
