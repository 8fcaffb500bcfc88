"use strict";
/* Before the first paint: mark that scripts run, and take the theme chosen last. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = null;
  try { theme = localStorage.getItem("cnnviz-theme"); } catch { /* sandboxed page */ }
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
})();
