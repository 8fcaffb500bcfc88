/* One audio element for the whole page, and the lines that run over pictures while it plays. */
CNNVIZ.sound = (() => {
  const { $, $$, get } = CNNVIZ;
  const REASONS = [
    "", "loading was stopped", "its file cannot be read", "it cannot be decoded", "this browser finds no sound in it",
  ];  // by the code of a MediaError
  let audio = null;
  let asked = null;   // { clip, start, stop, name } of the last press
  let loaded = null;  // number of the clip in the element
  let until = null;   // s where what plays stops, or null
  let problem = "";   // why nothing plays, in words

  const source = (clip) => get("audio")?.[clip];
  const has = (clip) => source(clip) !== undefined;
  const running = () => audio !== null && !audio.paused && !audio.ended;

  /** Play a clip from `start` to `stop` (s; null: its end); without its sound, say so and show its row. */
  async function play(clip, { start = 0, stop = null, title = "" } = {}) {
    const mine = asked = { clip, start, stop, name: CNNVIZ.clips.name(clip) || title || `clip ${clip}` };
    if (!has(clip)) { missing(clip); return; }
    try {
      if (loaded !== clip || problem) await load(mine);
      if (asked !== mine) return;  // a later press
      audio.currentTime = start;
      until = stop;
      show();
      await audio.play();
    } catch (error) { if (asked === mine) fail(error); }
  }

  async function load(mine) {
    audio.pause();
    problem = "";
    const address = await CNNVIZ.pcm.seekable(source(mine.clip));
    if (asked !== mine) return;
    URL.revokeObjectURL(audio.src);
    audio.src = address;
    loaded = mine.clip;
  }

  /** What went wrong, from the element or from a promise; the next press loads anew. */
  function fail(error) {
    if (error.name === "AbortError") return;  // stopped by a later press
    const named = { NotAllowedError: "the browser waits for a press", NotSupportedError: REASONS[4] };
    const reason = named[error.name] || REASONS[error.code] || REASONS[3];
    problem = `does not play: ${reason}; press again to retry`;
    show();
    $("#problem").title = error.message;
  }

  function missing(clip) {
    audio.pause();
    problem = "has no sound in this report";
    show();
    if (CNNVIZ.clips.name(clip)) location.hash = `clip=${clip}`;
  }

  function toggle() {
    if (asked === null) return;
    if (running()) audio.pause();
    else if (problem) play(asked.clip, { ...asked, title: asked.name });
    else audio.play().catch(fail);
  }

  /** While playing: stop in time, and move the lines. */
  function frame() {
    if (until !== null && audio.currentTime >= until) { audio.pause(); until = null; }
    lines(audio.currentTime);
    if (running()) requestAnimationFrame(frame);
  }

  function lines(now) {
    for (const line of $$(`.playhead[data-clip="${loaded}"]`)) {
      const { start, stop: end, left, right } = line.dataset;
      const share = (now - start) / (end - start);
      const at = Number(left) + share * (right - left);
      line.style.left = `${100 * at}%`;
      line.classList.toggle("on", share >= 0 && share <= 1 && !audio.ended);
    }
    const length = audio.duration || 0;
    $("#progress").value = length ? now / length : 0;
    $("#clock").textContent = `${now.toFixed(2)} / ${length.toFixed(2)} s`;
    CNNVIZ.figures?.playhead(loaded, now);
  }

  /** Whether a button asks for what was asked for last. */
  function same(button) {
    const { play: clip, start, stop } = button.dataset;
    if (Number(clip) !== asked.clip) return false;
    return stop === undefined ? asked.stop === null : Number(start) === asked.start && Number(stop) === asked.stop;
  }

  const stretch = () => (asked.stop === null ? "" : ` ${asked.start.toFixed(2)}\u2013${asked.stop.toFixed(2)} s`);

  function show() {
    for (const button of $$(".play.on")) button.classList.remove("on");
    if (running()) for (const button of [...$$("[data-play]").filter(same), $("#toggle")]) button.classList.add("on");
    else $$(".playhead.on").forEach((line) => line.classList.remove("on"));
    $("#player").hidden = asked === null;
    $("#playing").textContent = asked === null ? "" : asked.name + stretch();
    $("#problem").textContent = problem;
    $("#player").classList.toggle("failed", problem !== "");
  }

  function pressed(event) {
    const button = event.target.closest("[data-play]");
    if (!button) return;
    if (running() && same(button)) { audio.pause(); return; }
    const { play: clip, start, stop } = button.dataset;
    const title = button.getAttribute("aria-label")?.replace(/^Play /, "");
    play(Number(clip), { start: Number(start || 0), stop: stop ? Number(stop) : null, title });
  }

  /** A click into a picture of a clip plays from there. */
  function sought(event) {
    const line = event.target.closest(".picture, .view")?.querySelector(".playhead");
    if (!line || event.target.closest("a") || !has(Number(line.dataset.clip))) return;
    const box = line.parentElement.getBoundingClientRect();
    const { start, stop: end, left, right } = line.dataset;
    const share = ((event.clientX - box.left) / box.width - left) / (right - left);
    const now = Number(start) + share * (end - start);
    play(Number(line.dataset.clip), { start: Math.max(0, now) });
  }

  addEventListener("DOMContentLoaded", () => {
    audio = $("#audio");
    audio.addEventListener("play", () => { show(); frame(); });
    for (const change of ["pause", "ended"]) audio.addEventListener(change, show);
    audio.addEventListener("error", () => fail(audio.error));
    document.addEventListener("click", pressed);
    document.addEventListener("click", sought);
    $("#toggle").addEventListener("click", toggle);
    addEventListener("keydown", (event) => {
      if (event.key !== " " || event.target.closest("input, select, textarea, button, a, summary, dialog, [tabindex='0']")) return;
      if (asked === null) return;
      event.preventDefault();
      toggle();
    });
  });
  return { play, has };
})();
