// A part of the page that is asked for again every few seconds, and honest where it cannot be.
"use strict";
(() => {
  const part = document.querySelector("[data-renew]");
  const $ = (id) => document.getElementById(id);
  const EVERY_MS = Number(part.dataset.every ?? 3000);
  const PATIENCE_MS = 10000;
  let shown = null;
  let timer = null;
  // What was in focus, by its id or by where it leads.
  const focusKept = (change) => {
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const [id, to] = [focused?.id, focused?.getAttribute("href")];
    change();
    if (id) $(id)?.focus();
    else if (to) [...part.querySelectorAll("a")].find((link) => link.getAttribute("href") === to)?.focus();
  };
  const looked = () => {
    if ($("looked")) $("looked").textContent = new Date().toLocaleTimeString("ja-JP");
  };
  const renew = async () => {
    clearTimeout(timer);
    try {
      const answer = await fetch(part.dataset.renew, {
        cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.status === 403) {
        $("ended").hidden = false;
        return;
      }
      if (!answer.ok) throw new Error(answer.status);
      const text = await answer.text();
      if (text !== shown) {
        focusKept(() => { part.innerHTML = text; });
        part.dispatchEvent(new Event("renewed"));
      }
      shown = text;
      $("cut").hidden = true;
      looked();
    } catch {
      $("cut").hidden = false;
    }
    timer = setTimeout(renew, EVERY_MS);
  };
  looked();
  timer = setTimeout(renew, EVERY_MS);
  window.kanso.renew = renew;
})();
