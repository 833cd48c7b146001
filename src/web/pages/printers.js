// What staff decide about printers and their jobs.
"use strict";
(() => {
  const { address } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const say = (id, more = "") => $("news").replaceChildren($(id).content.cloneNode(true), ` ${more}`);
  const post = async (path, said) => {
    try {
      const answer = await fetch(`${address}/printers/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(said),
      });
      return { status: answer.status, said: await answer.json().catch(() => ({})) };
    } catch {
      return { status: 0, said: {} };
    }
  };
  const decide = async (path, said) => {
    $("news").replaceChildren();
    const { status } = await post(path, said);
    if (status === 409) say("late-words");
    else if (status !== 200) say("failed-words");
    await kanso.renew();
  };
  const test = async (printer) => {
    $("news").replaceChildren();
    const { status, said } = await post("test", { printer });
    if (status === 200) say("sent-words", said.number);
    else if (status === 409) say("refused-words", said.error);
    else say("failed-words");
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("#figures button");
    if (!button || button.disabled) return;
    button.disabled = true;
    const { decision, printer, resume, test: tested } = button.dataset;
    const job = button.closest("[data-job]")?.dataset.job;
    if (decision) await decide(`jobs/${job}`, printer ? { decision, printer } : { decision });
    else if (resume) await decide("resume", { printer: resume });
    else if (tested) await test(tested);
    button.disabled = false;
  });
})();
