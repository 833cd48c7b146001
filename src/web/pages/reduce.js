// A reduced copy of a photo, to go over a thin line before the file: as many pixels as numbers
// are read in, with all that the file says of itself.
"use strict";
(() => {
  const LONG_SIDE = 3000;
  const QUALITY = 0.8;
  // A copy that saves less than this share of the bytes would only cost time.
  const WORTH_SAVING = 0.5;
  // What a file says of itself stands before its picture.
  const HEAD = 1 << 20;
  const [APP1, APP2, APP13, SOS] = [0xe1, 0xe2, 0xed, 0xda];

  // The segments before the picture, and where the picture starts.
  const segments = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint16(0) !== 0xffd8) throw new RangeError("no JPEG");
    const found = [];
    let at = 2;
    for (;;) {
      if (bytes[at] !== 0xff) throw new RangeError("no marker");
      while (bytes[at + 1] === 0xff) at += 1;
      const kind = bytes[at + 1];
      if (kind === SOS) return { found, picture: at };
      const end = at + 2 + view.getUint16(at + 2);
      if (end > bytes.length) throw new RangeError("cut off");
      found.push({ kind, bytes: bytes.slice(at, end) });
      at = end;
    }
  };

  const starts = (bytes, text) => [...text].every((letter, n) => bytes[4 + n] === letter.charCodeAt(0));
  const isProfile = ({ kind, bytes }) => kind === APP2 && starts(bytes, "ICC_PROFILE\0");
  const tells = (segment) => segment.kind === APP1 || segment.kind === APP13 || isProfile(segment);

  // The browser draws a photo upright: how the camera was held is true no longer.
  const upright = ({ kind, bytes }) => {
    if (kind !== APP1 || !starts(bytes, "Exif\0")) return;
    const view = new DataView(bytes.buffer);
    const tiff = 10;
    const little = view.getUint16(tiff) === 0x4949;
    const first = tiff + view.getUint32(tiff + 4, little);
    const entries = view.getUint16(first, little);
    for (let n = 0; n < entries; n += 1) {
      const entry = first + 2 + 12 * n;
      if (view.getUint16(entry, little) === 0x0112) view.setUint16(entry + 8, 1, little);
    }
  };

  const draw = async (file) => {
    // The colours stay as they are: the profile goes along.
    const picture = await createImageBitmap(file, { colorSpaceConversion: "none" });
    const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const brush = canvas.getContext("2d");
    brush.imageSmoothingQuality = "high";
    brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return { width: canvas.width, height: canvas.height, jpeg: new Uint8Array(await blob.arrayBuffer()) };
  };

  const reduce = async (file) => {
    const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
    const told = segments(head).found.filter(tells);
    told.forEach(upright);
    const { width, height, jpeg } = await draw(file);
    const { found, picture } = segments(jpeg);
    const own = found.filter((segment) => !tells(segment));
    const parts = [jpeg.slice(0, 2), ...[...told, ...own].map(({ bytes }) => bytes), jpeg.slice(picture)];
    const body = new Blob(parts, { type: "image/jpeg" });
    return body.size > file.size * (1 - WORTH_SAVING) ? null : { body, width, height };
  };

  // One at a time: a picture of 24 megapixels takes 100 MB while it is open.
  let last = Promise.resolve();
  // Nothing where the file itself is as good to send, or the browser cannot draw it.
  kanso.reduced = (file) => {
    const made = last.then(() => (/\.jpe?g$/i.test(file.name) ? reduce(file) : null)).catch(() => null);
    last = made;
    return made;
  };
})();
