// The finish clock's time as a code. Staff set the page against the timing clock; from then on
// it counts by the browser's own steady clock, whatever happens to the machine's time of day.
"use strict";
(() => {
  const { address, zoneMs } = document.body.dataset;
  const $ = (id) => document.getElementById(id);
  const ENOUGH = 5;
  // How late a person presses, and a screen draws: what no number of presses takes away.
  const FLOOR_MS = 100;
  // With this much between presses they say nothing of the second.
  const SCATTER_MS = 250;
  const AHEAD = 6;

  let adjust = 0;
  let sigma = null;
  let taps = [];
  const steady = () => performance.timeOrigin + performance.now();
  const now = () => steady() + adjust;

  const two = (n) => String(n).padStart(2, "0");
  const face = (ms, from) => {
    const gun = Number(from);
    const seconds = Math.floor((gun ? ms - gun : ms + Number(zoneMs)) / 1000);
    const s = gun ? Math.abs(seconds) : ((seconds % 86400) + 86400) % 86400;
    const sign = gun && seconds < 0 ? "−" : "";
    return `${sign}${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  };

  // A choice holds no markup, and so no two languages.
  const speak = () => {
    for (const option of $("from").options) option.textContent = option.dataset[kanso.language()];
  };
  speak();
  document.addEventListener("language", speak);

  // The second's phase: a mean of angles, since 990 ms and 10 ms are near each other.
  const phase = () => {
    const angles = taps.map((tap) => tap / 1000 * 2 * Math.PI);
    const mean = (of) => angles.reduce((sum, angle) => sum + of(angle), 0) / angles.length;
    const [x, y] = [mean(Math.cos), mean(Math.sin)];
    const length = Math.min(1, Math.hypot(x, y));
    return {
      mean: Math.atan2(y, x) / (2 * Math.PI) * 1000,
      deviation: Math.sqrt(-2 * Math.log(length || 1e-9)) / (2 * Math.PI) * 1000,
    };
  };

  const begin = () => {
    taps = [];
    $("taps").textContent = 0;
  };

  $("tap").addEventListener("pointerdown", (event) => {
    event.preventDefault();
    tapped(performance.timeOrigin + event.timeStamp);
  });
  $("tap").addEventListener("keydown", (event) => {
    if (event.repeat || (event.key !== " " && event.key !== "Enter")) return;
    event.preventDefault();
    tapped(performance.timeOrigin + event.timeStamp);
  });
  const tapped = (at) => {
    taps.push(at + adjust);
    $("taps").textContent = taps.length;
    $("scatter").hidden = true;
    if (taps.length < ENOUGH) return;
    const { mean, deviation } = phase();
    if (deviation > SCATTER_MS) {
      $("scatter").hidden = false;
      begin();
      return;
    }
    // The timing clock's second begins at the mean: so does ours, from now on.
    adjust -= mean;
    taps = taps.map((tap) => tap - mean);
    sigma = Math.round(Math.hypot(deviation / Math.sqrt(taps.length), FLOOR_MS));
    $("show").disabled = false;
  };

  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => { adjust += Number(button.dataset.step); });
  }
  $("show").addEventListener("click", () => {
    $("set").hidden = true;
    $("code").hidden = false;
    $("sigma").textContent = (sigma / 1000).toFixed(1);
    $("back").focus();
  });
  $("back").addEventListener("click", () => {
    $("set").hidden = false;
    $("code").hidden = true;
    begin();
  });

  // Codes are fetched some seconds ahead, so that a slow line shows none late.
  const codes = new Map();
  let lost = false;
  const code = (second) => {
    const key = `${second} ${sigma}`;
    if (!codes.has(key)) {
      const picture = new Image();
      picture.alt = "";
      picture.onload = () => { lost = false; };
      picture.onerror = () => {
        codes.delete(key);
        lost = true;
      };
      picture.src = `${address}/code?at=${second * 1000}&sigma=${sigma}`;
      codes.set(key, picture);
    }
    return codes.get(key);
  };

  let shown = null;
  const draw = () => {
    const ms = now();
    const second = Math.floor(ms / 1000);
    $("time").textContent = face(ms, $("from").value);
    if (!$("code").hidden && shown !== second) {
      for (let n = 0; n <= AHEAD; n += 1) code(second + n);
      for (const key of codes.keys()) if (Number(key.split(" ")[0]) < second) codes.delete(key);
      const picture = code(second);
      const ready = picture.complete && picture.naturalWidth > 0;
      $("cut").hidden = ready || !lost;
      // Never one that is over: a photo of it would set a clock wrong.
      if (ready) $("picture").replaceChildren(picture); else $("picture").replaceChildren();
      $("now").textContent = face(ms, $("from").value);
      if (ready) shown = second;
    }
    if ($("code").hidden) shown = null;
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
})();
