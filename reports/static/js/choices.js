/* Choices: one option at a time; the address chooses. */
(() => {
  const { $$ } = CNNVIZ;

  /** Show the option that a fragment names or lies in; others may know the fragment as well. */
  function choose(target) {
    const node = document.getElementById(target);
    for (let option = node?.closest(".option"); option; option = option.parentElement.closest(".option")) {
      const choice = option.parentElement;
      for (const other of choice.children) if (other.classList.contains("option")) other.classList.toggle("chosen", other === option);
      for (const link of $$(":scope > .options > a", choice)) {
        if (decodeURIComponent(link.hash.slice(1)) === option.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
    return node?.classList.contains("option") ? node : null;
  }

  CNNVIZ.follow(choose);
})();
