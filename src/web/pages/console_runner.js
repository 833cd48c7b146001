// A runner's photos and prints, and what is done about them.
"use strict";
(() => {
  const { bothOf, part } = kanso;
  const { address, search, prints, operator, slot, aspect, width, height } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const LOOK_MS = 4000;
  const SOON_MS = 700;
  let shown = "";
  let who = "";
  let busy = false;
  let ended = false;
  let timer = null;

  const words = (id) => $(id).content.cloneNode(true);
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");

  const ask = async (path, said) => {
    const options = said && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(said),
    };
    try {
      const answer = await fetch(`${address}${path}`, { cache: "no-store", ...options });
      $("cut").hidden = answer.status < 500;
      if (answer.status === 403 && !said) {
        ended = true;
        $("ended").hidden = false;
      }
      return { status: answer.status, said: await answer.json().catch(() => ({})) };
    } catch {
      $("cut").hidden = false;
      return { status: 0, said: {} };
    }
  };
  const tell = (id, more = "") => {
    $("told").replaceChildren(words(id), more);
    $("told").hidden = false;
  };

  // What is there.
  const look = async () => {
    clearTimeout(timer);
    if (ended) return;
    const { status, said } = document.hidden ? {} : await ask("/photos");
    // Erased, or no longer in the results: this page is nobody's.
    if (status === 404) return location.assign(search);
    if (status === 200) show(said);
    timer = setTimeout(look, said?.unread ? SOON_MS : LOOK_MS);
  };
  document.addEventListener("visibilitychange", look);

  const show = (said) => {
    $("looked").textContent = new Date().toLocaleTimeString("ja-JP");
    $("loading").hidden = true;
    // Results come and are corrected while the page is open.
    if (said.who !== who) $("who").innerHTML = who = said.who;
    if ($("print-plain")) $("print-plain").hidden = !said.may_be_certified;
    $("unread").hidden = said.unread === 0;
    $("unread-count").textContent = said.unread.toLocaleString();
    const now = JSON.stringify([said.photos, said.prints]);
    if (now === shown || document.querySelector("dialog[open]")) return;
    shown = now;
    // What had the focus has it again.
    const { photo, act } = document.activeElement?.closest("[data-act]")?.dataset ?? {};
    $("no-photos").hidden = said.photos.length > 0 || said.unread > 0;
    $("photos").replaceChildren(...said.photos.map((one) => card(one, said.prints)));
    $("prints").replaceChildren(...said.prints.map(printed));
    $("no-prints").hidden = said.prints.length > 0;
    if (photo) document.querySelector(`[data-photo="${photo}"][data-act="${act}"]`)?.focus();
  };

  const card = (one, jobs) => {
    const item = words("card").firstElementChild;
    const $$ = (css) => item.querySelector(css);
    const { certificate, stands } = one;
    item.dataset.stands = stands;
    item.dataset.photo = one.photo;
    const folder = `${address}/photos/${one.photo}`;
    const picture = certificate ? `${folder}/preview?v=${certificate.version}` : `${folder}/picture`;
    Object.assign($$("img"), { src: picture, width, height });
    $$(".sheet").href = picture;
    $$(".sheet").append(part("span", "visually-hidden", one.file));
    $$(".sheet").classList.toggle("photo", !certificate);
    $$(".state").append(words(`state-${stands}`));
    if (certificate) $$(".revision .number").textContent = certificate.revision;
    else $$(".revision").remove();
    if (one.why) $$(".why").append(...bothOf(one.why));
    else $$(".why").remove();
    if (!certificate?.stale || stands !== "issued") $$(".stale").remove();
    if (!certificate?.preliminary || stands !== "issued") $$(".preliminary").remove();
    const evidence = one.evidence.map((words) => part("li", "", ...bothOf(words)));
    if (one.percent) evidence.unshift(part("li", "number percent", `${one.percent}%`));
    $$(".evidence").append(...evidence);
    $$(".file").textContent = one.file;
    if (one.by) $$(".by").lastElementChild.textContent = one.by;
    else $$(".by").remove();
    const may = {
      choose: one.may_choose,
      print: stands === "issued" && certificate && prints !== undefined,
      pdf: stands === "issued" && certificate,
      crop: stands === "issued" && certificate && slot !== undefined,
      reissue: stands === "issued",
      block: ["issued", "asked", "waiting"].includes(stands),
      void: stands === "issued" && certificate && operator !== undefined,
    };
    for (const control of item.querySelectorAll("[data-act]")) {
      const { act } = control.dataset;
      control.dataset.photo = one.photo;
      // What was taken back is used again only on purpose.
      if (act === "choose" && ["void", "barred"].includes(stands)) {
        control.classList.remove("primary");
        control.replaceChildren(words("again-words"));
      }
      if (!may[act]) control.remove();
      else if (act === "pdf") control.href = `${folder}/pdf`;
      else control.addEventListener("click", () => does[act](one));
    }
    return item;
  };

  const printed = ({ job, asked_at, by, printer, state, unsure, why }) => {
    const head = part("p", "", part("b", "number", String(job)), part("span", unsure ? "alarm" : "", ...bothOf(state)));
    const tail = part("p", "quiet", part("span", "number", asked_at), part("span", "", ...bothOf(by)));
    if (printer) tail.append(part("span", "", printer));
    const item = part("li", "", head, tail);
    if (why) item.append(part("p", "quiet", why));
    return item;
  };

  // What is done.
  const whileBusy = async (work) => {
    if (busy) return null;
    busy = true;
    document.body.dataset.busy = "";
    const answer = await work();
    busy = false;
    delete document.body.dataset.busy;
    return answer;
  };
  const say = async (one, said) => {
    const path = `/photos/${one.photo}`;
    const answer = await whileBusy(() => ask(path, { answer: one.answer, ...said }));
    if (!answer) return null;
    const { status } = answer;
    const word = { 200: "told-done", 404: "told-gone", 409: "told-settled", 410: "told-gone" }[status];
    if (status !== 400) tell(word ?? "told-wrong");
    await look();
    return answer;
  };
  // A press that is sent again, because nobody knows whether it came, is one job.
  let press = null;
  const print = async (photo) => {
    if (press?.photo !== photo) press = { photo, key: newKey() };
    const answer = await whileBusy(() => ask("/prints", press));
    if (!answer) return;
    if (answer.status) press = null;
    if (answer.status === 200) tell("told-printing", String(answer.said.job));
    else tell("told-wrong");
    await look();
  };
  const does = {
    choose: (one) => say(one, { act: "choose" }),
    block: (one) => say(one, { act: "block" }),
    reissue: (one) => say(one, { act: "reissue" }),
    print: (one) => print(one.photo),
    crop: (one) => window.kanso.crop({
      picture: `${address}/photos/${one.photo}/picture`,
      part: one.certificate.part,
      others: one.others,
      ratio: aspect ? Number(aspect) : null,
      use: (area) => say(one, { act: "crop", area }),
    }),
    void: (one) => confirmed("void", () => say(one, { act: "void", why: $("void-why").value })),
  };
  $("print-plain")?.addEventListener("click", () => print(null));
  const erase = async () => {
    const answer = await whileBusy(() => ask("/erase", { bib: $("erase-bib").value }));
    if (answer && ![200, 400].includes(answer.status)) tell("told-wrong");
    return answer;
  };
  $("erase-open")?.addEventListener("click", () => confirmed("erase", erase));

  // A question that is answered in words; it stays open until the answer is right.
  const confirmed = (id, send) => {
    const dialog = $(id);
    const errors = [...dialog.querySelectorAll("[data-error]")];
    const form = dialog.querySelector("form");
    form.reset();
    for (const error of errors) error.hidden = true;
    form.onsubmit = async (event) => {
      event.preventDefault();
      const answer = await send();
      if (!answer) return;
      for (const error of errors) {
        error.hidden = answer.status !== 400 || answer.said.error !== error.dataset.error;
      }
      if (answer.status === 400) return;
      dialog.close();
      await look();
    };
    dialog.showModal();
  };
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    location.assign(search);
  });
  look();
})();
