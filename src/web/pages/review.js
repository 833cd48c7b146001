// Photos that a person must settle, by keyboard: while one is looked at, the next is loaded.
"use strict";
(() => {
  const { bothOf, part } = kanso;
  const { address } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  // Where nothing is to be done, for new ones; else so that nobody else gets this one.
  const LOOK_MS = 5000;
  const KEEP_MS = 30000;
  const ZOOM = 1.6;
  const MOST_ZOOM = 12;
  const skipped = [];
  let queue = [];
  let first = null;
  let busy = false;
  let ended = false;
  let asked = 0;
  // What of the picture is shown: how large, and which point of it in the middle.
  let view = { zoom: 1, x: 0.5, y: 0.5, box: -1 };

  const say = (id) => $("news").replaceChildren($(id).content.cloneNode(true));

  const ask = async (path, options) => {
    try {
      const answer = await fetch(`${address}${path}`, { cache: "no-store", ...options });
      $("cut").hidden = answer.status < 500;
      if (answer.status === 403) {
        ended = true;
        $("ended").hidden = false;
      }
      return { status: answer.status, said: await answer.json().catch(() => ({})) };
    } catch {
      $("cut").hidden = false;
      return { status: 0, said: {} };
    }
  };
  const post = (path, said) => ask(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(said),
  });

  // What is there.
  const look = async () => {
    if (ended) return;
    asked += 1;
    const mine = asked;
    const wish = new URLSearchParams({ skip: skipped.join(",") });
    if (first) wish.set("first", first);
    const { status, said } = await ask(`/review/next?${wish}`);
    // What was asked before the last key was pressed still names what that key settled.
    if (status !== 200 || mine !== asked) return;
    const shown = queue[0]?.photo;
    queue = said.photos;
    // What is looked at stays, unless it is settled elsewhere.
    const same = queue.findIndex(({ photo }) => photo === shown);
    if (same > 0) queue.unshift(...queue.splice(same, 1));
    $("open").textContent = said.open;
    $("undo").disabled = !said.undo;
    $("looked").textContent = new Date().toLocaleTimeString("ja-JP");
    if (queue[1]?.picture) new Image().src = queue[1].picture;
    if (!queue[0] || queue[0].photo !== shown) show();
  };

  const show = () => {
    const now = queue[0];
    for (const id of ["photo", "side"]) $(id).hidden = !now;
    $("none").hidden = Boolean(now);
    $("skipped-words").hidden = skipped.length === 0;
    document.querySelector("main").dataset.state = now ? "photo" : "none";
    $("unknown").hidden = true;
    $("bib").value = "";
    if (!now) return;
    $("picture").hidden = !now.picture;
    $("no-picture").hidden = Boolean(now.picture);
    if (now.picture) {
      [$("picture").width, $("picture").height] = now.size;
      $("picture").src = now.picture;
    } else {
      $("picture").removeAttribute("src");
    }
    $("why").replaceChildren(...bothOf(now.why));
    $("file").textContent = now.file;
    $("candidates").replaceChildren(...now.candidates.slice(0, 9).map(candidate));
    for (const box of document.querySelectorAll(".box")) box.remove();
    now.candidates.forEach(({ box }, n) => {
      if (!box || !now.size) return;
      const [x, y, width, height] = box;
      const mark = part("div", "box", String(n + 1));
      const percent = (value, of) => `${value / of * 100}%`;
      Object.assign(mark.style, {
        left: percent(x, now.size[0]), top: percent(y, now.size[1]),
        width: percent(width, now.size[0]), height: percent(height, now.size[1]),
      });
      $("sheet").append(mark);
    });
    view = { zoom: 1, x: 0.5, y: 0.5, box: -1 };
    draw();
  };

  const candidate = ({ bib, name, course, percent, evidence }, n) => {
    const button = part("button", "candidate");
    button.type = "button";
    const head = part("span", "head", part("kbd", "", String(n + 1)), part("b", "number", bib));
    head.append(part("span", "name", name ?? $("nobody-words").content.cloneNode(true)));
    head.append(part("span", "percent number", `${percent}%`));
    button.append(head);
    if (course) button.append(part("span", "course", ...bothOf(course)));
    for (const words of evidence) button.append(part("span", "evidence", ...bothOf(words)));
    button.addEventListener("click", () => settle({ verdict: "bibs", bibs: [bib] }));
    return part("li", "", button);
  };

  // The picture.
  const draw = () => {
    const now = queue[0];
    if (!now?.size) return;
    const area = $("view").getBoundingClientRect();
    const [width, height] = now.size;
    const fit = Math.min(area.width / width, area.height / height);
    const scale = fit * view.zoom;
    // No more than the picture's own edge comes to the view's.
    const place = (middle, size, room) => {
      const shown = size * scale;
      if (shown <= room) return (room - shown) / 2;
      return Math.min(0, Math.max(room - shown, room / 2 - middle * shown));
    };
    Object.assign($("sheet").style, {
      width: `${width * scale}px`, height: `${height * scale}px`,
      left: `${place(view.x, width, area.width)}px`, top: `${place(view.y, height, area.height)}px`,
    });
  };
  addEventListener("resize", draw);
  const zoom = (by) => {
    view.zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * by));
    draw();
  };
  // The next number that was read, drawn in; after the last the whole photo.
  const toBox = (step) => {
    const now = queue[0];
    const boxes = (now?.candidates ?? []).map(({ box }) => box).filter(Boolean);
    if (!boxes.length || !now.size) return;
    view.box = (view.box + step + 1 + boxes.length + 1) % (boxes.length + 1) - 1;
    const box = boxes[view.box];
    if (!box) {
      view = { zoom: 1, x: 0.5, y: 0.5, box: -1 };
    } else {
      const [x, y, width, height] = box;
      view.x = (x + width / 2) / now.size[0];
      view.y = (y + height / 2) / now.size[1];
      view.zoom = Math.min(MOST_ZOOM, Math.max(1, 0.25 * Math.min(now.size[0] / width, now.size[1] / height)));
    }
    draw();
  };
  $("view").addEventListener("click", (event) => {
    const sheet = $("sheet").getBoundingClientRect();
    view.x = (event.clientX - sheet.left) / sheet.width;
    view.y = (event.clientY - sheet.top) / sheet.height;
    zoom(view.zoom > 1 ? 1 / MOST_ZOOM : 4);
  });

  // What is done.
  const settle = async (verdict) => {
    const now = queue[0];
    if (!now || busy) return;
    busy = true;
    const { status, said } = await post(`/review/${now.photo}`, { answer: now.answer, ...verdict });
    busy = false;
    $("taken").hidden = status !== 409;
    if (status === 400) {
      $("unknown").hidden = false;
      $("unknown-bib").textContent = said.bib;
      return;
    }
    if (status !== 200 && status !== 409) return;
    if (status === 200) say("settled-words");
    on();
  };
  // The one that is loaded already is shown, and another one asked for.
  const on = () => {
    first = null;
    queue.shift();
    if (document.activeElement === $("bib")) $("bib").blur();
    show();
    look();
  };
  const skip = () => {
    if (!queue[0] || busy) return;
    skipped.push(queue[0].photo);
    on();
  };
  const undo = async () => {
    if (busy) return;
    busy = true;
    const { status, said } = await post("/review/undo", {});
    busy = false;
    if (status !== 200) return look();
    say("reopened-words");
    first = said.reopened;
    queue = [];
    await look();
  };
  $("nobody").addEventListener("click", () => settle({ verdict: "nobody" }));
  $("block").addEventListener("click", () => settle({ verdict: "block", bibs: queue[0]?.candidates.map(({ bib }) => bib) ?? [] }));
  $("skip").addEventListener("click", skip);
  $("undo").addEventListener("click", undo);
  $("again").addEventListener("click", () => { skipped.length = 0; look(); });
  $("typed").addEventListener("submit", (event) => {
    event.preventDefault();
    const bibs = $("bib").value.split(/[\s,、　]+/).filter(Boolean);
    if (bibs.length) settle({ verdict: "bibs", bibs });
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.activeElement === $("bib")) {
      if (event.key === "Escape") $("bib").blur();
      return;
    }
    const keys = {
      n: () => $("nobody").click(), b: () => $("block").click(), s: skip, u: undo,
      "/": () => $("bib").focus(),
      ArrowUp: () => zoom(ZOOM), ArrowDown: () => zoom(1 / ZOOM),
      ArrowRight: () => toBox(1), ArrowLeft: () => toBox(-1),
    };
    const chosen = /^[1-9]$/.test(event.key) ? queue[0]?.candidates[Number(event.key) - 1] : null;
    const act = chosen ? () => settle({ verdict: "bibs", bibs: [chosen.bib] }) : keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  let looked = 0;
  setInterval(() => {
    if (Date.now() - looked < (queue.length ? KEEP_MS : LOOK_MS) || busy) return;
    looked = Date.now();
    look();
  }, 1000);
  look();
})();
