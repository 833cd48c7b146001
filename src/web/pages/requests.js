// What runners ask for: one key each.
"use strict";
(() => {
  const { address } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const settle = async (item, settlement) => {
    if (item.dataset.sent) return;
    item.dataset.sent = settlement;
    try {
      const answer = await fetch(`${address}/requests/${encodeURIComponent(item.dataset.request)}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ settlement }),
      });
      if (!answer.ok) throw new Error(answer.status);
      $("cut").hidden = true;
      item.remove();
      if (!document.querySelector("#requests li")) location.reload();
    } catch {
      delete item.dataset.sent;
      $("cut").hidden = false;
    }
  };
  for (const button of document.querySelectorAll("[data-settlement]")) {
    button.addEventListener("click", () => settle(button.closest("li"), button.dataset.settlement));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const settlement = { r: "removed", k: "kept" }[event.key.toLowerCase()];
    const item = document.querySelector("#requests li");
    if (settlement && item) settle(item, settlement);
  });
})();
