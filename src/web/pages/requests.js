// What runners ask for: one key each.
"use strict";
(() => {
  const { address } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const list = document.querySelector("[data-renew]");
  // A key that was meant for what stood there before is no answer to what stands there now.
  const STILL_MS = 500;
  let first = null;
  let since = 0;
  const look = () => {
    const now = document.querySelector("#requests li")?.dataset.request ?? null;
    if (now !== first) since = performance.now();
    first = now;
  };
  look();
  list.addEventListener("renewed", look);
  const settle = async (item, settlement) => {
    if (item.dataset.sent) return;
    item.dataset.sent = settlement;
    try {
      const answer = await fetch(`${address}/requests/${encodeURIComponent(item.dataset.request)}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ settlement }),
      });
      // Settled by somebody else, or taken back: the list says so. Signed out: so does that.
      if (!answer.ok && ![403, 404, 409].includes(answer.status)) throw new Error(answer.status);
      $("unsent").hidden = true;
      if (answer.ok) item.remove();
      look();
      await kanso.renew();
    } catch {
      delete item.dataset.sent;
      $("unsent").hidden = false;
    }
  };
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-settlement]");
    if (button) settle(button.closest("li"), button.dataset.settlement);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (performance.now() - since < STILL_MS) return;
    const settlement = { r: "removed", k: "kept" }[event.key.toLowerCase()];
    const item = document.querySelector("#requests li");
    if (settlement && item) settle(item, settlement);
  });
})();
