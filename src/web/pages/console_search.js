// Runners by bib or name, while one types; the keyboard alone is enough.
"use strict";
(() => {
  const { bothOf, part } = kanso;
  const { address } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const PAUSE_MS = 80;
  const AGAIN_MS = 2000;
  let runners = [];
  let chosen = 0;
  // What the hits are for, and whether Enter was pressed before they came: a scanner is fast.
  let shownFor = "";
  let entered = false;
  let timer = null;

  const open = (n) => {
    if (runners[n]) location.href = `${address}/runner/${encodeURIComponent(runners[n].bib)}`;
  };
  const choose = (n) => {
    chosen = n;
    for (const [at, option] of [...$("hits").children].entries()) {
      option.setAttribute("aria-selected", String(at === n));
      if (at === n) option.scrollIntoView({ block: "nearest" });
    }
    if (runners[n]) $("typed").setAttribute("aria-activedescendant", `hit-${n}`);
    else $("typed").removeAttribute("aria-activedescendant");
  };

  const hit = ({ bib, name, kana, course, status, time }, n) => {
    const option = part("li", "hit", part("b", "number", bib), part("span", "name", name));
    option.id = `hit-${n}`;
    option.setAttribute("role", "option");
    option.append(part("span", "quiet kana", kana ?? ""));
    option.append(part("span", "quiet course", ...(course ? bothOf(course) : [])));
    option.append(time ? part("span", "number time", time) : part("span", "quiet time", ...bothOf(status)));
    option.addEventListener("click", () => open(n));
    return option;
  };
  const show = (said, typed) => {
    shownFor = typed;
    runners = said.runners;
    $("hits").replaceChildren(...runners.map(hit));
    $("hits").hidden = runners.length === 0;
    $("typed").setAttribute("aria-expanded", String(runners.length > 0));
    $("more").hidden = said.more === 0;
    $("more-count").textContent = said.more.toLocaleString();
    $("none").hidden = !typed || runners.length > 0;
    $("news").textContent = typed ? String(runners.length + said.more) : "";
    choose(0);
    if (entered) open(0);
    entered = false;
  };

  const look = async () => {
    const typed = $("typed").value.trim();
    if (!typed) return show({ runners: [], more: 0 }, "");
    try {
      const answer = await fetch(`${address}/search`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ typed }),
        cache: "no-store",
      });
      $("ended").hidden = answer.status !== 403;
      if (answer.status === 403) return;
      if (!answer.ok) throw new Error(answer.status);
      const said = await answer.json();
      $("cut").hidden = true;
      // Something else was typed meanwhile: its own answer comes.
      if (typed === $("typed").value.trim()) show(said, typed);
    } catch {
      $("cut").hidden = false;
      clearTimeout(timer);
      timer = setTimeout(look, AGAIN_MS);
    }
  };

  $("typed").addEventListener("input", () => {
    entered = false;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  $("typed").addEventListener("keydown", (event) => {
    // Kana that are being turned into kanji are not typed yet.
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && runners.length) {
      event.preventDefault();
      choose((chosen + step + runners.length) % runners.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (shownFor === $("typed").value.trim()) open(chosen);
      else entered = true;
    } else if (event.key === "Escape") {
      $("typed").value = "";
      look();
    }
  });
  // Back from a runner's page, with what was typed.
  if ($("typed").value) look();
})();
