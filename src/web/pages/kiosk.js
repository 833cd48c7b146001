// The kiosk. Nothing of a runner outlives the visit: no storage, no address, no history.
"use strict";
(() => {
  const body = document.body;
  const address = body.dataset.address;
  const IDLE_S = Number(body.dataset.idleS);
  const WARN_S = Math.min(15, Math.ceil(IDLE_S / 3));
  const LONG_QUEUE = 5;
  // The last jobs that staff are shown.
  const STAFF_NUMBERS = 8;
  const $ = (id) => document.getElementById(id);

  // What the visit knows. `key` names one press: sent again, it is still one job.
  let visit = fresh();
  function fresh() { return { runner: null, photo: undefined, key: null, job: null, pin: null }; }

  const newKey = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  };

  const screens = [...document.querySelectorAll("[data-screen]")];
  const show = (id) => {
    for (const screen of screens) screen.hidden = screen.id !== id;
    body.dataset.showing = id;
    const focus = id === "start" ? $("bib") : $(id).querySelector("h1:not([hidden])");
    focus?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  };

  const restart = () => {
    visit = fresh();
    for (const id of ["bib", "pin-code"]) $(id).value = "";
    for (const id of ["who-bib", "who-initial", "who-course", "ticket", "at-printer"]) $(id).textContent = "";
    for (const id of ["unknown", "print-failed", "pin-wrong", "pin-wait"]) $(id).hidden = true;
    for (const id of ["who-picture", "take-code"]) $(id).removeAttribute("src");
    for (const button of document.querySelectorAll("[data-take]")) button.hidden = true;
    $("who-picture").hidden = true;
    $("preliminary").hidden = true;
    $("pictures").replaceChildren();
    if ($("still-there").open) $("still-there").close();
    listen();
    show("start");
  };

  const ask = async (path, options) => {
    const answer = await fetch(`${address}${path}`, { cache: "no-store", ...options });
    const said = await answer.json().catch(() => ({ error: "unavailable" }));
    return { status: answer.status, said };
  };
  const post = (path, said) => ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(said),
  });

  // Finding a runner.
  const find = async (bib) => {
    $("unknown").hidden = true;
    const mine = (visit = fresh());
    let answer;
    try {
      answer = await ask(`/runner?bib=${encodeURIComponent(bib)}`);
    } catch {
      lineIs(false);
      return;
    }
    if (mine !== visit) return;
    if (answer.status !== 200) {
      restart();
      $("unknown").hidden = false;
      return;
    }
    visit.runner = answer.said;
    const nothing = answer.said.state === "no_finish" || !answer.said.link;
    for (const button of document.querySelectorAll("[data-take]")) button.hidden = nothing;
    listen();
    if (answer.said.state === "no_result" || answer.said.state === "no_finish") return sorry(answer.said.state);
    confirm();
  };

  const course = () => {
    const name = visit.runner?.course;
    return name ? name[kanso.language()] : "";
  };

  const confirm = () => {
    const { runner } = visit;
    $("who-bib").textContent = runner.bib;
    $("who-initial").textContent = runner.initial;
    $("who-course").textContent = course();
    const best = runner.photos[0];
    $("who-picture").hidden = !best;
    if (best) $("who-picture").src = best.portrait;
    show("who");
  };

  const sorry = (why) => {
    for (const word of ["no_result", "no_finish", "limit"]) $(`sorry-${word}`).hidden = word !== why;
    $("allow").hidden = why !== "limit";
    show("sorry");
  };

  // Choosing a photo.
  const choose = () => {
    visit.key ??= newKey();
    const { photos } = visit.runner;
    $("no-photo").hidden = photos.length > 0;
    if (visit.photo === undefined) visit.photo = photos.length ? photos[0].id : null;
    const tiles = photos.map((photo, n) => {
      const words = $(n === 0 ? "best-words" : "photo-words").content.cloneNode(true);
      const tile = pictureTile(photo.id, words, photo.address);
      if (n > 0) tile.querySelector(".caption").append(` ${n + 1}`);
      if (photo.preliminary) tile.querySelector(".caption").append($("preliminary-words").content.cloneNode(true));
      return tile;
    });
    tiles.push(pictureTile(null, $("none-words").content.cloneNode(true)));
    $("pictures").replaceChildren(...tiles);
    mark();
  };

  const pictureTile = (id, words, src) => {
    const tile = $("picture").content.cloneNode(true).firstElementChild;
    tile.dataset.photo = id ?? "";
    tile.querySelector(".caption").append(words);
    if (src) tile.querySelector("img").src = src; else tile.querySelector("img").remove();
    tile.addEventListener("click", () => { visit.photo = id; mark(); });
    return tile;
  };

  const mark = () => {
    for (const tile of $("pictures").children) {
      const on = tile.dataset.photo === (visit.photo ?? "");
      tile.setAttribute("aria-checked", String(on));
      tile.tabIndex = on ? 0 : -1;
    }
    const chosen = visit.runner.photos.find(({ id }) => id === visit.photo);
    $("preliminary").hidden = !chosen?.preliminary;
  };

  $("pictures").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const tiles = [...$("pictures").children];
    const at = tiles.findIndex((tile) => tile.getAttribute("aria-checked") === "true");
    const next = tiles[(at + step + tiles.length) % tiles.length];
    next.click();
    next.focus();
  });

  // Printing.
  let sending = false;
  const print = async () => {
    if (sending || !visit.runner) return;
    sending = true;
    $("print").disabled = true;
    $("print-failed").hidden = true;
    const mine = visit;
    try {
      const press = { bib: mine.runner.bib, photo: mine.photo ?? null, key: mine.key };
      if (mine.pin) press.pin = mine.pin;
      const { status, said } = await post("/jobs", press);
      if (mine !== visit) return;
      if (status === 200) { mine.pin = null; queued(said); show("queue"); }
      else if (said.error === "limit") sorry("limit");
      else if (mine.pin && pinRefused(said)) mine.pin = null;
      else { $("print-failed").hidden = false; if (body.dataset.showing !== "choose") show("choose"); }
    } catch {
      if (mine === visit) { $("print-failed").hidden = false; show("choose"); }
    } finally {
      sending = false;
      $("print").disabled = false;
    }
  };

  const queued = (job) => {
    visit.job = job;
    const ended = job.state === "failed" || job.state === "unknown" || job.state === "cancelled";
    $("queue-waiting").hidden = job.state !== "waiting";
    $("queue-printing").hidden = job.state !== "printing";
    $("queue-printed").hidden = job.state !== "printed";
    $("queue-staff").hidden = !ended;
    $("staff").hidden = !ended;
    $("staff-why").hidden = job.state !== "unknown";
    $("ticket").textContent = job.job;
    $("ahead").hidden = job.state !== "waiting" || job.ahead === 0;
    $("ahead-count").textContent = job.ahead;
    $("at").hidden = !job.printer;
    $("at-printer").textContent = job.printer ?? "";
    body.dataset.job = job.state;
  };

  setInterval(async () => {
    const mine = visit;
    const state = mine.job?.state;
    if (!state || state === "printed" || body.dataset.showing !== "queue") return;
    try {
      const { status, said } = await ask(`/jobs/${mine.job.job}`);
      if (mine === visit && status === 200) queued(said);
    } catch { /* the banner says that the line is cut; the next look finds it again */ }
  }, 1000);

  // Staff.
  const pin = (resolving) => {
    $("pin-code").value = "";
    $("pin-wrong").hidden = true;
    $("pin-wait").hidden = true;
    $("pin-allow").hidden = resolving;
    $("pin-again").hidden = !resolving;
    $("pin-printed").hidden = !resolving || visit.job?.state !== "unknown";
    show("pin");
    $("pin-code").focus();
  };
  // Whether it is the PIN that was not taken: a wrong one, or one too soon after others.
  const pinRefused = ({ error, wait_s }) => {
    $("pin-wrong").hidden = error !== "wrong_pin";
    $("pin-wait").hidden = error !== "wait";
    $("pin-seconds").textContent = wait_s ?? "";
    return error === "wrong_pin" || error === "wait";
  };
  const resolve = async (printed) => {
    const mine = visit;
    try {
      const { status, said } = await post(`/jobs/${mine.job.job}/resolve`, { pin: $("pin-code").value, printed });
      if (mine !== visit) return;
      if (status === 200) { queued(said); show("queue"); } else if (!pinRefused(said)) $("pin-wrong").hidden = false;
    } catch { lineIs(false); }
  };
  $("pin-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (visit.job) return resolve(false);
    visit.pin = $("pin-code").value;
    print();
  });
  $("pin-printed").addEventListener("click", () => resolve(true));
  $("staff").addEventListener("click", () => pin(true));
  $("allow").addEventListener("click", () => pin(false));

  // Taking it along by phone.
  let before = "choose";
  for (const button of document.querySelectorAll("[data-take]")) {
    button.addEventListener("click", () => {
      before = body.dataset.showing;
      $("take-code").src = visit.runner.link;
      show("take");
    });
  }
  $("take-back").addEventListener("click", () => show(before));

  // Typing, by the keys on the screen.
  for (const key of document.querySelectorAll("[data-key]")) {
    key.addEventListener("click", () => {
      const typed = $("bib").value;
      $("unknown").hidden = true;
      $("bib").value = key.dataset.key === "delete" ? typed.slice(0, -1) : (typed + key.dataset.key).slice(0, 16);
    });
  }
  $("bib-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = $("bib").value.trim();
    if (typed) find(typed);
  });
  $("yes").addEventListener("click", () => { choose(); show("choose"); });
  $("print").addEventListener("click", print);
  for (const button of document.querySelectorAll("[data-restart]")) button.addEventListener("click", restart);
  document.addEventListener("language", () => { $("who-course").textContent = course(); });

  // A scanner types fast and ends with Enter, wherever the focus is.
  const SCAN_GAP_MS = 50;
  let scan = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    touched();
    const now = Date.now();
    const fast = now - last < SCAN_GAP_MS;
    last = now;
    if (event.key === "Enter") {
      if (fast && scan.length >= 1) {
        event.preventDefault();
        event.stopPropagation();
        const code = scan;
        scan = "";
        restart();
        find(code);
      }
      scan = "";
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      scan = fast ? scan + event.key : event.key;
      // Typed by hand on the first screen, without having touched the field.
      if (!fast && body.dataset.showing === "start" && document.activeElement === body) $("bib").focus();
    }
  }, true);

  // Nobody there: warn, then wipe.
  let quiet = 0;
  const touched = () => {
    quiet = 0;
    if ($("still-there").open) $("still-there").close();
  };
  for (const kind of ["pointerdown", "touchstart"]) document.addEventListener(kind, touched, true);
  $("stay").addEventListener("click", touched);
  setInterval(() => {
    const nothing = body.dataset.showing === "start" && !$("bib").value;
    if (nothing) { quiet = 0; return; }
    quiet += 1;
    const left = IDLE_S + WARN_S - quiet;
    if (left <= 0) { quiet = 0; restart(); return; }
    if (quiet >= IDLE_S) {
      $("seconds").textContent = left;
      if (!$("still-there").open) $("still-there").showModal();
    }
  }, 1000);

  // The line to the server, and what it says of the printers.
  const lineIs = (up) => { $("banner-line").hidden = up; };
  const venue = (said) => {
    if (!said) return;
    const none = said.printers.length > 0 && !said.printers.some((printer) => printer.ready);
    const paper = none && said.printers.some((printer) => printer.condition === "out_of_paper");
    document.querySelector("[data-condition=out_of_paper]").hidden = !paper;
    document.querySelector("[data-condition=trouble]").hidden = !none || paper;
    $("banner-long").hidden = said.open < LONG_QUEUE;
    $("banner-open").textContent = said.open;
    $("ready").hidden = said.ready.length === 0;
    $("ready-numbers").textContent = said.ready.join("  ");
    strip(said);
  };
  // For staff: every printer that is not simply ready, the race's files that cannot be read,
  // and the jobs that need a person.
  const strip = (said) => {
    const troubled = said.printers.filter((printer) => printer.condition !== "ready" || printer.says.length);
    const lines = troubled.map((printer) => {
      const line = document.createElement("span");
      const words = document.querySelector(`[data-says="${printer.condition}"]`);
      line.dataset.is = printer.condition;
      line.append(`${printer.name}: `);
      if (words) line.append(words.content.cloneNode(true));
      if (printer.says.length) line.append(` (${printer.says.join(", ")})`);
      return line;
    });
    const files = said.unreadable.map((file) => {
      const line = document.createElement("span");
      line.append(`${file}: `, $("unreadable-words").content.cloneNode(true));
      return line;
    });
    $("staff-printers").replaceChildren(...lines);
    $("staff-files").replaceChildren(...files);
    $("staff-numbers").textContent = said.staff.slice(-STAFF_NUMBERS).join("  ");
    $("staff-jobs").hidden = said.staff.length === 0;
    $("staff-strip").hidden = lines.length + files.length + said.staff.length === 0;
  };
  const refresh = async () => {
    const mine = visit;
    if (!mine.runner || !["who", "choose"].includes(body.dataset.showing)) return;
    try {
      const { status, said } = await ask(`/runner?bib=${encodeURIComponent(mine.runner.bib)}`);
      if (mine !== visit || status !== 200) return;
      const had = mine.runner.photos.length;
      mine.runner = said;
      // Who chose nothing yet gets the photo that has come.
      if (had === 0 && said.photos.length) mine.photo = undefined;
      if (body.dataset.showing === "choose") choose(); else confirm();
    } catch { /* the next event tells again */ }
  };
  let hangUp = () => {};
  const listen = () => {
    hangUp();
    const bib = visit.runner ? `?bib=${encodeURIComponent(visit.runner.bib)}` : "";
    hangUp = kanso.listen(`${address}/events${bib}`, { photos: refresh, missed: refresh, ping: venue }, (up) => {
      const wasCut = !$("banner-line").hidden;
      lineIs(up);
      if (up && wasCut) refresh();
    });
  };

  restart();
})();
