// A rectangle over a photo, drawn and moved by pointer or by keyboard; all in shares of the photo.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const STEP = 0.01;
  const LEAST = 0.03;
  // The photo's width over its height, and the frame's, where it is given.
  let shape = 1;
  let aspect = null;
  let area = { x: 0, y: 0, width: 1, height: 1 };
  // The part that is shown first, and who gets the one that is drawn.
  let first = null;
  let done = null;

  const clamp = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));
  // The height that belongs to a width.
  const tall = (width) => width * shape / aspect;

  const draw = () => {
    const percent = (share) => `${share * 100}%`;
    Object.assign($("crop-box").style, {
      left: percent(area.x), top: percent(area.y),
      width: percent(area.width), height: percent(area.height),
    });
  };
  const set = (x, y, width, height) => {
    if (aspect) {
      width = clamp(Math.max(width, height * aspect / shape), LEAST, Math.min(1, aspect / shape));
      height = tall(width);
    } else {
      [width, height] = [clamp(width, LEAST, 1), clamp(height, LEAST, 1)];
    }
    area = { x: clamp(x, 0, 1 - width), y: clamp(y, 0, 1 - height), width, height };
    draw();
  };
  const move = (x, y) => set(area.x + x, area.y + y, area.width, area.height);
  // From its middle.
  const grow = (by) => {
    const { x, y, width, height } = area;
    set(x + width * (1 - by) / 2, y + height * (1 - by) / 2, width * by, height * by);
  };

  // As large as the photo allows, a little above the middle, where heads are.
  const whole = () => {
    set(0, 0, 1, 1);
    set((1 - area.width) / 2, (1 - area.height) / 3, area.width, area.height);
  };

  const at = (event) => {
    const view = $("crop-picture").getBoundingClientRect();
    return [(event.clientX - view.left) / view.width, (event.clientY - view.top) / view.height];
  };
  let drag = null;
  $("crop-view").addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    $("crop-view").setPointerCapture(event.pointerId);
    $("crop-box").focus();
    const [x, y] = at(event);
    const { x: left, y: top, width, height } = area;
    const inside = x > left && x < left + width && y > top && y < top + height;
    // A frame as large as the photo allows is not moved but drawn anew.
    const fills = width > 0.97 || height > 0.97;
    drag = inside && !fills ? { dx: x - left, dy: y - top } : { x, y };
  });
  $("crop-view").addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = at(event);
    if ("dx" in drag) return set(x - drag.dx, y - drag.dy, area.width, area.height);
    const [right, below] = [clamp(x, 0, 1), clamp(y, 0, 1)];
    const [width, height] = [Math.abs(right - drag.x), Math.abs(below - drag.y)];
    if (Math.max(width, height) < LEAST) return;
    set(Math.min(drag.x, right), Math.min(drag.y, below), width, height);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    $("crop-view").addEventListener(end, () => { drag = null; });
  }
  $("crop-box").addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 5 * STEP : STEP;
    const act = {
      ArrowLeft: () => move(-step, 0), ArrowRight: () => move(step, 0),
      ArrowUp: () => move(0, -step), ArrowDown: () => move(0, step),
      "+": () => grow(1.05), ";": () => grow(1.05), "-": () => grow(1 / 1.05),
      Enter: () => $("crop-done").click(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  $("crop-done").addEventListener("click", () => {
    $("crop").close();
    done?.([area.x, area.y, area.width, area.height]);
  });
  $("crop-picture").addEventListener("load", () => {
    const { naturalWidth, naturalHeight } = $("crop-picture");
    shape = naturalWidth / naturalHeight;
    $("crop-view").hidden = false;
    $("crop-done").disabled = false;
    if (first) set(...first);
    else whole();
    $("crop-box").focus();
  });
  $("crop-picture").addEventListener("error", () => {
    $("crop-none").hidden = false;
  });

  // Asks for a part of a picture; `part` is the one that is shown now.
  window.kanso.crop = ({ picture, part, others, ratio, use }) => {
    [aspect, first, done] = [ratio, part, use];
    $("crop-view").hidden = true;
    $("crop-none").hidden = true;
    $("crop-done").disabled = true;
    $("crop-others").hidden = others.length === 0;
    $("crop-others").lastElementChild.textContent = others.join(" ");
    $("crop-picture").removeAttribute("src");
    $("crop-picture").src = picture;
    $("crop").showModal();
  };
})();
