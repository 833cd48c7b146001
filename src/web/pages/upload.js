// Sends a card full of photos over a bad network: each file is hashed, asked about, and put
// straight into the store. Whatever fails comes again by itself; what is there is skipped.
"use strict";
(() => {
  const { bothOf } = kanso;
  const AT_ONCE = 3;
  // Of them at most so many whose reduced copy is there: a new photo's always finds room.
  const FOLLOWING = 2;
  // A PUT of which nothing was heard for so long is given up and begun again.
  const STALL_MS = 20000;
  const LONGEST_PAUSE_MS = 30000;
  const PIECE = 1 << 21;
  // Over so long the pace is taken.
  const PACE_MS = 15000;
  const PROGRESS_MS = 4000;
  const PROGRESS_CALM_MS = 20000;
  const { path, photos, raws, videos, sideFiles } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const endings = { photo: photos, raw: raws, video: videos, other: sideFiles };
  for (const kind of Object.keys(endings)) endings[kind] = new Set(endings[kind].split(" "));
  const HEIC = new Set(["heic", "heif", "hif"]);

  const picked = new Map();
  const leftOut = { raw: 0, video: 0, other: 0, heic: 0 };
  let running = 0;
  let ended = false;

  // What was picked.

  const kindOf = (name) => {
    if (/^[.~]/.test(name)) return "other";
    const ending = name.includes(".") ? name.split(".").pop().toLowerCase() : "";
    if (HEIC.has(ending)) return "heic";
    return Object.keys(endings).find((kind) => endings[kind].has(ending)) ?? "other";
  };

  const pick = (files) => {
    const camera = $("camera").value;
    for (const file of files) {
      const kind = kindOf(file.name);
      const id = [camera, file.webkitRelativePath || file.name, file.size, file.lastModified].join("\n");
      const before = picked.get(id);
      if (before && before.state !== "failed" && before.state !== "refused") continue;
      if (kind !== "photo") {
        if (!before) leftOut[kind] += 1;
        picked.set(id, { state: "left-out" });
        continue;
      }
      picked.set(id, { file, camera, state: "waits", sent: 0, tries: 0, after: 0 });
    }
    $("sending").hidden = false;
    pump();
  };

  // A folder that was dropped tells of its files in pieces.
  const filesOf = async (entry) => {
    if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
    const reader = entry.createReader();
    const files = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (some.length === 0) return files;
      for (const one of some) files.push(...await filesOf(one));
    }
  };

  for (const input of [$("folder"), $("files")]) {
    input.addEventListener("change", () => {
      pick([...input.files]);
      // The same folder may be picked again.
      input.value = "";
    });
  }
  if (!("webkitdirectory" in $("folder"))) {
    $("folder-button").hidden = true;
    $("files-button").classList.add("primary");
  }
  const over = (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", event.type === "dragover");
  };
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", over);
  document.addEventListener("drop", async (event) => {
    over(event);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    for (const entry of entries) pick(await filesOf(entry));
  });

  // One file.

  class Problem extends Error {
    // `fate`: "again" at once, "later" after a pause, "refused", "unreadable" or "ended".
    constructor(fate, why) {
      super(why ?? fate);
      this.fate = fate;
      this.why = why;
    }
  }

  // Browsers offer no hashes on a network without certificates.
  const md5 = async (file) => {
    const hash = new SparkMD5.ArrayBuffer();
    try {
      for (let at = 0; at < file.size; at += PIECE) {
        hash.append(await file.slice(at, at + PIECE).arrayBuffer());
      }
    } catch {
      throw new Problem("unreadable", "file");
    }
    return hash.end();
  };

  // Where the file goes, or its reduced copy.
  const placeOf = async (entry, reduced) => {
    const { camera, file } = entry;
    let answer;
    try {
      answer = await fetch(`${path}/places`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ camera, name: file.name, bytes: file.size, md5: entry.md5, reduced }),
        signal: AbortSignal.timeout?.(STALL_MS),
      });
    } catch {
      $("cut").hidden = false;
      throw new Problem("later");
    }
    $("cut").hidden = true;
    if (answer.status === 403 || answer.status === 404) throw new Problem("ended");
    if (!answer.ok) throw new Problem("later");
    return answer.json().catch(() => { throw new Problem("later"); });
  };

  const put = (entry, { address, headers }) => new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    let heard = Date.now();
    const watch = setInterval(() => {
      if (Date.now() - heard > STALL_MS) request.abort();
    }, 1000);
    const end = (problem) => {
      clearInterval(watch);
      if (problem) failed(problem); else done();
    };
    request.upload.onprogress = (event) => {
      heard = Date.now();
      moved(event.loaded - entry.sent);
      entry.sent = event.loaded;
    };
    request.onload = () => {
      entry.reached = true;
      $("store-cut").hidden = true;
      if (request.status === 200) return end();
      // Somebody else has the name by now, or this very file came through before.
      end(new Problem(request.status === 412 ? "again" : "later"));
    };
    request.onerror = () => end(new Problem("later", "store"));
    request.onabort = () => end(new Problem("later", "store"));
    request.open("PUT", address);
    for (const [name, value] of headers) request.setRequestHeader(name, value);
    request.send(entry.body);
  });

  const send = async (entry) => {
    entry.md5 ??= await md5(entry.file);
    const place = await placeOf(entry);
    if (place.to_do === "refused") throw new Problem("refused", place.why);
    if (place.to_do === "there") {
      // Its own PUT may have come through without an answer.
      entry.state = entry.tries > 0 ? "sent" : "there";
      return;
    }
    if ($("reduce").checked && !entry.reduced && await sendReduced(entry, place)) {
      Object.assign(entry, { reduced: true, state: "waits", sent: 0, tries: 0, after: 0 });
      return;
    }
    Object.assign(entry, { body: entry.file, state: "sends" });
    await put(entry, place);
    entry.state = "sent";
  };

  // Whether a reduced copy is there now; the file has its turn after others'.
  const sendReduced = async (entry, place) => {
    if (place.follows) return true;
    const copy = await kanso.reduced(entry.file);
    if (!copy) return false;
    const { body, width, height } = copy;
    const answer = await placeOf(entry, { bytes: body.size, md5: await md5(body), width, height });
    if (answer.to_do !== "put" || answer.follows) throw new Problem("again");
    Object.assign(entry, { body, state: "sends" });
    await put(entry, answer);
    return true;
  };

  const fail = async (entry, problem) => {
    entry.sent = 0;
    if (problem.fate === "ended") {
      ended = true;
      $("ended").hidden = false;
    } else if (problem.fate === "refused" || problem.fate === "unreadable") {
      entry.state = problem.fate === "refused" ? "refused" : "failed";
      entry.why = problem.why;
      return;
    }
    // A card that was pulled out looks like a line that was cut.
    if (problem.why === "store" && !(await isReadable(entry.file))) {
      entry.state = "failed";
      entry.why = "file";
      return;
    }
    entry.state = "waits";
    entry.tries += 1;
    // The pages answer and the store never did.
    if (problem.why === "store" && entry.tries > 2 && !entry.reached) $("store-cut").hidden = false;
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** Math.min(entry.tries, 8));
    entry.after = problem.fate === "again" ? 0 : Date.now() + pause * (0.5 + Math.random() / 2);
  };

  const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

  const pump = () => {
    const entries = [...picked.values()];
    const due = entries.filter(({ state, after }) => state === "waits" && after <= Date.now());
    let following = entries.filter(({ reduced, state }) => reduced && (state === "reads" || state === "sends")).length;
    for (const entry of [...due.filter(({ reduced }) => !reduced), ...due.filter(({ reduced }) => reduced)]) {
      if (running >= AT_ONCE || ended) break;
      if (entry.reduced && following >= FOLLOWING) break;
      following += entry.reduced ? 1 : 0;
      entry.state = "reads";
      running += 1;
      send(entry)
        .catch((problem) => fail(entry, problem instanceof Problem ? problem : new Problem("later")))
        .finally(() => {
          running -= 1;
          pump();
          draw();
        });
    }
    draw();
  };
  setInterval(pump, 500);
  addEventListener("online", () => {
    for (const entry of picked.values()) entry.after = 0;
    pump();
  });
  $("again").addEventListener("click", () => {
    for (const entry of picked.values()) {
      if (entry.state === "failed") Object.assign(entry, { state: "waits", after: 0 });
    }
    pump();
  });

  // What is shown.

  let pace = [];
  const moved = (bytes) => { if (bytes > 0) pace.push([Date.now(), bytes]); };

  const perSecond = () => {
    const since = Date.now() - PACE_MS;
    pace = pace.filter(([at]) => at > since);
    if (pace.length === 0) return 0;
    const span = Math.max(1000, Date.now() - pace[0][0]);
    return pace.reduce((sum, [, bytes]) => sum + bytes, 0) / span * 1000;
  };

  const inWords = (seconds) => {
    const s = Math.ceil(seconds);
    const en = kanso.language() === "en";
    if (s < 60) return en ? `${s} s` : `${s}秒`;
    const m = Math.ceil(s / 60);
    if (m < 60) return en ? `${m} min` : `${m}分`;
    const [h, rest] = [Math.floor(m / 60), m % 60];
    return en ? `${h} h ${rest} min` : `${h}時間${rest}分`;
  };

  const row = (name, ...rest) => {
    const item = document.createElement("li");
    const label = document.createElement("b");
    label.textContent = name;
    item.append(label, ...rest);
    return item;
  };

  const drawNow = (sending) => {
    const list = $("now");
    const names = sending.map(({ file, body }) => [file.name, body.size]);
    if (list.dataset.names !== JSON.stringify(names)) {
      list.dataset.names = JSON.stringify(names);
      list.replaceChildren(...sending.map(({ file, body }) => {
        const item = document.createElement("li");
        const name = document.createElement("span");
        name.textContent = file.name;
        const bar = document.createElement("progress");
        bar.setAttribute("aria-label", file.name);
        bar.max = body.size;
        item.append(name, bar);
        return item;
      }));
    }
    sending.forEach((entry, n) => { list.children[n].lastChild.value = entry.sent; });
  };

  const drawProblems = (entries) => {
    const wrong = entries.filter(({ state }) => state === "failed" || state === "refused");
    $("problems").hidden = wrong.length === 0;
    $("again").hidden = !wrong.some(({ state }) => state === "failed");
    const key = wrong.map(({ file, why }) => `${file.name}\n${why}`).join("\n");
    if ($("problem-list").dataset.key === key) return wrong.length;
    $("problem-list").dataset.key = key;
    $("problem-list").replaceChildren(...wrong.map(({ file, why }) =>
      row(file.name, $(`why-${why}`).content.cloneNode(true))));
    return wrong.length;
  };

  const stateOf = (entries, open, wrong) => {
    if (entries.length === 0) return "nothing";
    if (open.length === 0) return wrong > 0 ? "left" : "done";
    return open.every(({ state, tries }) => state === "waits" && tries > 0) ? "pausing" : "working";
  };

  let busy = false;
  const draw = () => {
    const entries = [...picked.values()].filter(({ file }) => file);
    const done = entries.filter(({ state }) => state === "sent" || state === "there");
    const open = entries.filter(({ state }) => ["waits", "reads", "sends"].includes(state));
    busy = open.length > 0;
    if ($("sending").hidden) return;
    const wrong = drawProblems(entries);
    const state = stateOf(entries, open, wrong);
    if ($("state").dataset.state !== state) $("state").dataset.state = state;
    const bytes = (list, of) => list.reduce((sum, entry) => sum + of(entry), 0);
    const all = bytes([...done, ...open], ({ file }) => file.size);
    const through = bytes(done, ({ file }) => file.size) + bytes(open, ({ sent }) => sent);
    $("total").max = Math.max(all, 1);
    $("total").value = all === 0 ? 0 : through;
    $("sent").textContent = done.length;
    $("all").textContent = entries.length;
    const rate = perSecond();
    $("pace").hidden = !busy || rate === 0;
    $("rate").textContent = `${(rate / 1e6).toFixed(1)} MB/s`;
    $("left").textContent = rate > 0 ? inWords((all - through) / rate) : "";
    const there = entries.filter(({ state: its }) => its === "there").length;
    const copies = open.filter(({ reduced }) => reduced).length;
    $("reduced").hidden = copies === 0;
    $("reduced-count").textContent = copies;
    $("there").hidden = there === 0;
    $("there-count").textContent = there;
    $("left-out").hidden = leftOut.raw + leftOut.video + leftOut.other === 0;
    for (const kind of ["raw", "video", "other"]) {
      $(kind).hidden = leftOut[kind] === 0;
      $(kind).querySelector(".number").textContent = leftOut[kind];
    }
    $("heic").hidden = leftOut.heic === 0;
    $("heic-count").textContent = leftOut.heic;
    drawNow(open.filter((entry) => entry.state === "sends"));
  };
  $("reduce").addEventListener("change", () => { $("reduce-words").hidden = !$("reduce").checked; });
  addEventListener("beforeunload", (event) => { if (busy && !ended) event.preventDefault(); });

  // What became of them.

  let looking = false;
  const look = async () => {
    if (looking || ended || document.visibilityState !== "visible") return;
    looking = true;
    try {
      const answer = await fetch(`${path}/progress`, { cache: "no-store" });
      if (answer.status === 403) {
        ended = true;
        $("ended").hidden = false;
        return;
      }
      if (!answer.ok) throw new Error(answer.status);
      const now = await answer.json();
      for (const id of ["photos", "matched", "new", "waiting", "person", "rejected"]) {
        $(id).textContent = now[id];
      }
      fresh = now.new > 0;
      const key = JSON.stringify(now.named);
      if ($("named").dataset.key !== key) {
        $("named").dataset.key = key;
        $("named").replaceChildren(...now.named.map(({ file, why }) => row(file, ...bothOf(why))));
      }
      drawClocks(now.clocks);
      $("looked").textContent = new Date().toLocaleTimeString("ja-JP");
      $("cut").hidden = true;
    } catch {
      $("cut").hidden = false;
    } finally {
      looking = false;
    }
  };

  // Of each camera the photo that was taken last: it holds.
  const drawClocks = (clocks) => {
    const last = new Map(clocks.map((clock) => [clock.camera, clock]));
    $("clocks").replaceChildren(...[...last.values()].map((clock) => {
      const s = clock.offset_s;
      const words = s === null ? "unknown" : s < 0 ? "ahead" : "behind";
      const said = $(`clock-${words}`).content.cloneNode(true);
      const number = s === null ? "" : `${Math.abs(s).toFixed(1)} s ± ${clock.sigma_s.toFixed(1)} s`;
      return row(`${clock.camera}　${clock.file}`, said, number);
    }));
  };

  let fresh = false;
  let looked = 0;
  setInterval(() => {
    if (Date.now() - looked < (busy || fresh ? PROGRESS_MS : PROGRESS_CALM_MS)) return;
    looked = Date.now();
    look();
  }, 1000);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("language", draw);
  look();
})();
