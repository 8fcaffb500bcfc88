/* One audio element for the whole page, and the lines that run over pictures while it plays. */
CNNVIZ.sound = (() => {
  const { $, $$, get } = CNNVIZ;
  let audio = null;
  let clip = null;    // number of the clip loaded
  let stop = null;    // seconds where to stop, or null
  let name = "";

  const source = (number) => get("audio")?.[number];
  const has = (number) => source(number) !== undefined;

  function play(number, { start = 0, until = null, title = "" } = {}) {
    const address = source(number);
    if (address === undefined) return;
    if (clip !== number) {
      audio.src = address;
      clip = number;
    }
    name = title || CNNVIZ.clips?.name(number) || `clip ${number}`;
    stop = until;
    audio.currentTime = start;
    audio.play().then(frame, () => show());  // a browser may refuse sound before the first click
    show();
  }

  function toggle() {
    if (clip === null) return;
    if (audio.paused) audio.play().then(frame, () => show());
    else audio.pause();
  }

  /** While playing: stop in time, and move the lines. */
  function frame() {
    if (stop !== null && audio.currentTime >= stop) { audio.pause(); stop = null; }
    lines(audio.currentTime);
    if (!audio.paused && !audio.ended) requestAnimationFrame(frame);
  }

  function lines(now) {
    for (const line of $$(`.playhead[data-clip="${clip}"]`)) {
      const { start, stop: end, left, right } = line.dataset;
      const share = (now - start) / (end - start);
      const at = Number(left) + share * (right - left);
      line.style.left = `${100 * at}%`;
      line.classList.toggle("on", share >= 0 && share <= 1 && !audio.ended);
    }
    const length = audio.duration || 0;
    $("#progress").value = length ? now / length : 0;
    $("#clock").textContent = `${now.toFixed(2)} / ${length.toFixed(2)} s`;
    CNNVIZ.figures?.playhead(clip, now);
  }

  function show() {
    const running = audio && !audio.paused && !audio.ended;
    for (const button of $$(".play.on")) button.classList.remove("on");
    if (running) {
      for (const button of $$(`[data-play="${clip}"]`)) button.classList.add("on");
      $("#toggle").classList.add("on");
    }
    $("#player").hidden = clip === null;
    $("#playing").textContent = name;
    if (!running) $$(".playhead.on").forEach((line) => line.classList.remove("on"));
  }

  function pressed(event) {
    const button = event.target.closest("[data-play]");
    if (!button) return;
    const number = Number(button.dataset.play);
    if (clip === number && !audio.paused) { audio.pause(); return; }
    const { start, stop: until } = button.dataset;
    const title = button.getAttribute("aria-label")?.replace(/^Play /, "");
    play(number, { start: Number(start || 0), until: until ? Number(until) : null, title });
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
    for (const change of ["play", "pause", "ended"]) audio.addEventListener(change, show);
    document.addEventListener("click", pressed);
    document.addEventListener("click", sought);
    $("#toggle").addEventListener("click", toggle);
    addEventListener("keydown", (event) => {
      if (event.key !== " " || event.target.closest("input, select, textarea, button, a, summary, dialog, [tabindex='0']")) return;
      if (clip === null) return;
      event.preventDefault();
      toggle();
    });
  });
  return { play, has };
})();
