// The form works without this; with it, what was typed stays when nothing is found.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const form = $("find");
  const tell = (which, seconds) => {
    for (const one of ["unknown", "wait", "cut"]) $(one).hidden = one !== which;
    $("wait-seconds").textContent = seconds ?? "";
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    $("open").disabled = true;
    tell(null);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (answer.redirected) { location.assign(answer.url); return; }
      if (answer.status === 429) tell("wait", answer.headers.get("retry-after"));
      else tell(answer.status === 404 ? "unknown" : "cut");
    } catch {
      tell("cut");
    } finally {
      $("open").disabled = false;
    }
  });
})();
