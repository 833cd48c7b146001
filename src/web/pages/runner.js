// The runner's page shows what is so now: it looks again when the server says that something
// changed, when somebody comes back to it, and every now and then.
"use strict";
(() => {
  const WAITING_MS = 15000;
  const READY_MS = 60000;
  // After a line that the server had no room for.
  const LINE_AGAIN_MS = 60000;
  const { path } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const main = () => document.querySelector("main");

  // As the server wrote it: what is filled in below is no change.
  let written = main().outerHTML;
  const looked = () => {
    const line = main().querySelector(".looked");
    if (!line) return;
    line.hidden = false;
    line.querySelector("time").textContent = new Date().toLocaleTimeString("ja-JP");
  };

  const show = (fresh) => {
    const had = main().dataset.state;
    written = fresh.outerHTML;
    const shown = document.adoptNode(fresh);
    shown.classList.add("appear");
    main().replaceWith(shown);
    if (shown.dataset.state === "ready" && had !== "ready") {
      $("news").replaceChildren($("photo-news").content.cloneNode(true));
    }
    listen();
  };

  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.status !== 200 && answer.status !== 404) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      if (fresh.outerHTML !== written) show(fresh);
      $("cut").hidden = true;
      looked();
    } catch {
      $("cut").hidden = false;
    } finally {
      looking = false;
      schedule();
    }
  };

  // Not all phones of a venue at the same moment.
  let timer = null;
  const schedule = () => {
    clearTimeout(timer);
    const every = "waits" in main().dataset ? WAITING_MS : READY_MS;
    timer = setTimeout(() => {
      if (document.visibilityState === "visible") look(); else schedule();
    }, every * (0.75 + Math.random() / 2));
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });

  // A page that waits is told at once, while the server has a line for it.
  let hangUp = null;
  const listen = () => {
    if (!("waits" in main().dataset)) {
      hangUp?.();
      hangUp = null;
      return;
    }
    if (hangUp) return;
    let was = false;
    hangUp = kanso.listen(`${path}/events`, { photos: look, missed: look }, (up) => {
      if (up && was === "cut") look();
      if (!up && was === false) {
        hangUp?.();
        setTimeout(() => { hangUp = null; listen(); }, LINE_AGAIN_MS);
      }
      was = up ? "up" : was && "cut";
    });
  };

  looked();
  listen();
  schedule();
})();
