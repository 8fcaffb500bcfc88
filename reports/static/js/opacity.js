/* How much of the sound shows through maps of relevance: one choice for the whole page. */
(() => {
  const { $$ } = CNNVIZ;

  addEventListener("input", ({ target }) => {
    if (!target.closest?.(".opacity")) return;
    document.documentElement.style.setProperty("--relevance", target.value);
    for (const other of $$(".opacity input")) other.value = target.value;
  });
})();
