"use strict";
(() => {
  const mine = new URL(document.currentScript.src).search.slice(1);
  let source = null;

  const listen = () => {
    source?.close();
    source = null;
    // A browser opens few connections to one server: a page that nobody sees must not hold one.
    if (document.hidden) return;
    source = new EventSource("/.samovar/changes");
    source.onmessage = (event) => {
      if (event.data !== mine) location.reload();
    };
  };

  document.addEventListener("visibilitychange", listen);
  // Back from the browser's memory of pages.
  window.addEventListener("pageshow", (event) => event.persisted && listen());
  window.addEventListener("pagehide", () => source?.close());
  listen();
})();
