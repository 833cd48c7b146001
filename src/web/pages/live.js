// Shared by all pages: the language switch, and a line to the server that says when it is cut.
"use strict";
(() => {
  const html = document.documentElement;

  const setLanguage = (language) => {
    html.lang = language;
    document.cookie = `lang=${language}; path=/; max-age=31536000; SameSite=Lax`;
    document.dispatchEvent(new CustomEvent("language", { detail: language }));
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-language]")) setLanguage(html.lang === "ja" ? "en" : "ja");
  });

  // Opens an event stream and keeps it open. A proxy or a frozen server may keep a dead
  // connection alive, so that silence counts as a cut: the server pings every 5 seconds.
  const SILENCE_MS = 16000;
  const listen = (address, handlers, onLine) => {
    let source = null;
    let heard = Date.now();
    let up = null;
    let timer = null;
    const tell = (now) => {
      if (now !== up) { up = now; onLine(now); }
    };
    const open = () => {
      source?.close();
      source = new EventSource(address);
      source.onopen = () => { heard = Date.now(); tell(true); };
      source.onerror = () => tell(false);
      const on = (name, handler) => source.addEventListener(name, (event) => {
        heard = Date.now();
        tell(true);
        handler(event.data ? JSON.parse(event.data) : null);
      });
      on("ping", () => {});
      for (const [name, handler] of Object.entries(handlers)) on(name, handler);
    };
    open();
    timer = setInterval(() => {
      if (Date.now() - heard > SILENCE_MS) {
        tell(false);
        heard = Date.now() - SILENCE_MS + 4000;
        open();
      }
    }, 1000);
    return () => { clearInterval(timer); source.close(); };
  };

  // A text in both languages, of which the style sheet shows one.
  const bothOf = (text) => ["ja", "en"].map((language) => {
    const span = document.createElement("span");
    span.className = language;
    span.lang = language;
    span.textContent = text[language];
    return span;
  });
  const part = (tag, name, ...inside) => {
    const element = document.createElement(tag);
    element.className = name;
    element.append(...inside);
    return element;
  };

  window.kanso = { setLanguage, listen, language: () => html.lang, bothOf, part };
})();
