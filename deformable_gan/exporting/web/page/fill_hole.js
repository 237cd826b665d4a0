import { blurred, cut, gathered, plane } from "./planes.js";
import { shrunk } from "./resample.js";

/**
 * Filling a hole in an image from its surroundings. The steps are those of
 * `backgrounds/fill_hole.py`, which explains the constants. Every missing pixel becomes a weighted
 * mean of the next known pixels to the left, to the right, above and below. Where the surroundings
 * are textured, the colours from left and right are smoothed vertically, the colours from above and
 * below horizontally, and the fine detail to the left and right of the hole is mirrored into it.
 *
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {import("./planes.js").Span} Span
 * @typedef {import("./planes.js").Plane} Plane
 */

const COLUMN_WEIGHT = 0.8;
const DISAGREEMENT = 20;
const OPEN_END = 60;
const SMOOTHING = 0.03;
const DISAGREEMENT_SMOOTHING = 0.01;
const HALF_TEXTURED = 12;
const TEXTURE = 6;
const LEAST_TEXTURED = 0.02;
const DETAIL_WINDOW = 0.04;
const DETAIL_SHARE = 0.85;
const DETAIL_LIMIT = 2.5;
const BANDS = 8;
const MEASURED = 1000;
const MOST_PIXELS = 1 << 20;

/**
 * Return an image with its missing pixels filled in from the others, or unchanged if all are
 * missing.
 * @param {Picture} picture
 * @param {Uint8Array} hole 1 where a pixel is missing.
 * @returns {Picture}
 */
export function fillHole(picture, hole) {
  const { width, height } = picture;
  const filled = { width, height, data: picture.data.slice() };
  /** @type {Uint8Array} */
  let missing = hole.slice();
  if (missing.every((pixel) => pixel)) return filled;
  const box = boxOf(missing, width, height, 1, 1);
  if (!box) return filled;
  const pixels = (box.rows.last - box.rows.first) * (box.columns.last - box.columns.first);
  if (pixels > MOST_PIXELS) {
    fillCoarsely(filled, missing, Math.sqrt(MOST_PIXELS / pixels));
    return filled;
  }
  // A pixel whose whole row and column are missing is filled in the second round.
  while (missing.some((pixel) => pixel)) missing = fillOnce(filled, missing);
  return filled;
}

/**
 * @param {Picture} picture
 * @param {Uint8Array} hole
 * @param {number} scale
 */
function fillCoarsely(picture, hole, scale) {
  const { width, height } = picture;
  const [rows, columns] = [height, width].map((length) => Math.max(1, Math.round(length * scale)));
  const touched = new Uint8Array(rows * columns);
  hole.forEach((missing, i) => {
    if (!missing) return;
    const [y, x] = [Math.floor(i / width), i % width];
    const bottom = Math.min(Math.ceil(((y + 1) * rows) / height), rows);
    const right = Math.min(Math.ceil(((x + 1) * columns) / width), columns);
    for (let v = Math.floor((y * rows) / height); v < bottom; v++) {
      for (let u = Math.floor((x * columns) / width); u < right; u++) touched[v * columns + u] = 1;
    }
  });
  const small = fillHole(shrunk(picture, rows, columns), touched);
  hole.forEach((missing, i) => {
    if (!missing) return;
    const y = clamp(((Math.floor(i / width) + 0.5) * rows) / height - 0.5, rows);
    const x = clamp((((i % width) + 0.5) * columns) / width - 0.5, columns);
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [bottom, right] = [Math.min(top + 1, rows - 1), Math.min(left + 1, columns - 1)];
    const [down, across] = [y - top, x - left];
    for (let c = 0; c < 3; c++) {
      const at = (/** @type {number} */ v, /** @type {number} */ u) =>
        small.data[4 * (v * columns + u) + c];
      const upper = at(top, left) * (1 - across) + at(top, right) * across;
      const lower = at(bottom, left) * (1 - across) + at(bottom, right) * across;
      picture.data[4 * i + c] = upper * (1 - down) + lower * down;
    }
  });
}

/**
 * Fill the hole in place; return the pixels that could not be reached.
 * @param {Picture} picture
 * @param {Uint8Array} hole
 * @returns {Uint8Array}
 */
function fillOnce(picture, hole) {
  const { width, height } = picture;
  const reach = odd(DETAIL_WINDOW * height);
  const box = /** @type {{rows: Span, columns: Span}} */ (boxOf(hole, width, height, 1, 1));
  const beside = Math.floor((box.columns.last - box.columns.first) / 2) + reach;
  const part = /** @type {{rows: Span, columns: Span}} */ (
    boxOf(hole, width, height, 1 + reach, 1 + beside)
  );
  const [high, wide] = [part.rows.last - part.rows.first, part.columns.last - part.columns.first];
  const planes = [0, 1, 2].map(() => plane(high, wide));
  const missing = new Uint8Array(high * wide);
  for (let y = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const from = (part.rows.first + y) * width + part.columns.first + x;
      missing[y * wide + x] = hole[from];
      for (let c = 0; c < 3; c++) planes[c].data[y * wide + x] = picture.data[4 * from + c];
    }
  }
  const inner = {
    rows: shifted(box.rows, part.rows.first),
    columns: shifted(box.columns, part.columns.first),
  };
  const { values, reached } = fillBox(planes, missing, inner, height);
  const left = hole.slice();
  const across = box.columns.last - box.columns.first;
  reached.forEach((is, i) => {
    if (!is) return;
    const place =
      (box.rows.first + Math.floor(i / across)) * width + box.columns.first + (i % across);
    for (let c = 0; c < 3; c++) picture.data[4 * place + c] = values[c].data[i];
    left[place] = 0;
  });
  return left;
}

/**
 * @param {Plane[]} planes A part of the image, by colour.
 * @param {Uint8Array} hole Of that part.
 * @param {{rows: Span, columns: Span}} box Around the hole.
 * @param {number} height Of the whole image.
 * @returns {{values: Plane[], reached: Uint8Array}} In the box.
 */
function fillBox(planes, hole, box, height) {
  const detail = detailOf(planes, hole, odd(DETAIL_WINDOW * height));
  const strength = textureOf(detail, hole, planes[0].width, box.rows);
  const textured = strength.map((value) => value ** 2 / (value ** 2 + TEXTURE ** 2));
  const inner = planes.map((one) => cut(one, box));
  const { height: rows, width: columns } = inner[0];
  const innerHole = new Uint8Array(rows * columns);
  for (let i = 0; i < innerHole.length; i++) {
    const [y, x] = [Math.floor(i / columns), i % columns];
    innerHole[i] = hole[(box.rows.first + y) * planes[0].width + box.columns.first + x];
  }
  const totals = inner.map(() => plane(rows, columns));
  const weights = plane(rows, columns);
  /** @type {Plane[]} */
  let added = [];
  for (const axis of [1, 0]) {
    const ends = endsOf(innerHole, rows, columns, axis);
    const values = ends.map(({ places }) => inner.map((one) => gathered(one, places)));
    const differ = plane(rows, columns);
    for (let i = 0; i < differ.data.length; i++) {
      const open = ends[0].nearness[i] === 0 || ends[1].nearness[i] === 0;
      let sum = 0;
      for (let c = 0; c < 3; c++) sum += Math.abs(values[0][c].data[i] - values[1][c].data[i]);
      differ.data[i] = open ? OPEN_END : sum / 3;
    }
    const streaky = blurred(differ, odd(DISAGREEMENT_SMOOTHING * height), 1 - axis);
    for (let i = 0; i < streaky.data.length; i++) {
      const smooth = streaky.data[i];
      streaky.data[i] = (textured[Math.floor(i / columns)] * smooth) / (smooth + HALF_TEXTURED);
    }
    const smoothing = Math.max(...textured) > LEAST_TEXTURED;
    values.forEach((colours, side) => {
      colours.forEach((value, c) => {
        const soft = smoothing ? blurred(value, odd(SMOOTHING * height), 1 - axis) : value;
        for (let i = 0; i < value.data.length; i++) {
          const agreement = (axis ? 1 : COLUMN_WEIGHT) / (DISAGREEMENT + differ.data[i]) ** 2;
          const weight = ends[side].nearness[i] * agreement;
          const seen = value.data[i] + streaky.data[i] * (soft.data[i] - value.data[i]);
          totals[c].data[i] += seen * weight;
          if (c === 0) weights.data[i] += weight;
        }
      });
    });
    if (axis === 1) {
      added = mirroredDetail(detail, hole, box, ends);
      added.forEach((one) => {
        for (let i = 0; i < one.data.length; i++) {
          const limit = DETAIL_LIMIT * strength[Math.floor(i / columns)];
          const limited = Math.min(Math.max(one.data[i], -limit), limit);
          one.data[i] = DETAIL_SHARE * streaky.data[i] * limited;
        }
      });
    }
  }
  const reached = new Uint8Array(rows * columns);
  totals.forEach((total, c) => {
    for (let i = 0; i < total.data.length; i++) {
      reached[i] = innerHole[i] && weights.data[i] > 0 ? 1 : 0;
      total.data[i] = total.data[i] / Math.max(weights.data[i], 1e-30) + added[c].data[i];
    }
  });
  return { values: totals, reached };
}

/**
 * Look for the next known pixels before and after each pixel along an axis.
 * @param {Uint8Array} hole
 * @param {number} rows
 * @param {number} columns
 * @param {number} axis 1 along rows, 0 along columns.
 * @returns {{places: Int32Array, nearness: Float32Array, along: Int32Array}[]} For both
 *   directions: the known pixel's index, its inverse squared distance (0 where there is none), and
 *   its column (axis 1) or row (axis 0).
 */
function endsOf(hole, rows, columns, axis) {
  const [lines, length] = axis ? [rows, columns] : [columns, rows];
  const step = axis ? 1 : columns;
  return [1, -1].map((direction) => {
    const places = new Int32Array(hole.length);
    const along = new Int32Array(hole.length);
    const nearness = new Float32Array(hole.length);
    for (let line = 0; line < lines; line++) {
      const start = axis ? line * columns : line;
      let known = -1;
      for (let i = 0; i < length; i++) {
        const position = direction > 0 ? i : length - 1 - i;
        const place = start + position * step;
        if (!hole[place]) known = position;
        const end = known < 0 ? (direction > 0 ? 0 : length - 1) : known;
        places[place] = start + end * step;
        along[place] = end;
        nearness[place] = known < 0 ? 0 : 1 / Math.max(Math.abs(position - end), 1e-3) ** 2;
      }
    }
    return { places, nearness, along };
  });
}

/**
 * Return the known pixels' differences from the mean around them, 0 in the hole.
 * @param {Plane[]} planes
 * @param {Uint8Array} hole
 * @param {number} window
 * @returns {Plane[]}
 */
function detailOf(planes, hole, window) {
  const { height, width } = planes[0];
  const known = plane(height, width);
  for (let i = 0; i < hole.length; i++) known.data[i] = hole[i] ? 0 : 1;
  const share = blurred(blurred(known, window, 1), window, 0);
  return planes.map((one) => {
    const seen = plane(height, width);
    for (let i = 0; i < hole.length; i++) seen.data[i] = one.data[i] * known.data[i];
    const mean = blurred(blurred(seen, window, 1), window, 0);
    for (let i = 0; i < hole.length; i++) {
      const usual = mean.data[i] / Math.max(share.data[i], 1e-6);
      mean.data[i] = (one.data[i] - usual) * known.data[i];
    }
    return mean;
  });
}

/**
 * Return the strength of the detail in each row: the median magnitude, interpolated between bands.
 * @param {Plane[]} detail
 * @param {Uint8Array} hole
 * @param {number} width
 * @param {Span} rows
 * @returns {number[]}
 */
function textureOf(detail, hole, width, rows) {
  const edges = Array.from({ length: BANDS + 1 }, (_, i) =>
    Math.trunc(rows.first + ((rows.last - rows.first) * i) / BANDS),
  );
  const medians = edges.slice(1).map((stop, band) => {
    const start = edges[band];
    const known = [];
    for (let i = start * width; i < Math.max(stop, start + 1) * width; i++) {
      if (!hole[i]) known.push(i);
    }
    if (!known.length) return 0;
    const step = Math.max(1, Math.floor(known.length / MEASURED));
    const values = known
      .filter((_, i) => i % step === 0)
      .map((i) => detail.reduce((sum, one) => sum + Math.abs(one.data[i]), 0) / 3)
      .sort((a, b) => a - b);
    return (values[(values.length - 1) >> 1] + values[values.length >> 1]) / 2;
  });
  const middles = medians.map((_, band) => (edges[band] + edges[band + 1] - 1) / 2);
  return Array.from({ length: rows.last - rows.first }, (_, i) => {
    const row = rows.first + i;
    const after = middles.findIndex((middle) => middle > row);
    if (after === 0) return medians[0];
    if (after < 0) return medians[BANDS - 1];
    const share = (row - middles[after - 1]) / (middles[after] - middles[after - 1]);
    return medians[after - 1] + share * (medians[after] - medians[after - 1]);
  });
}

/**
 * Return the detail to the left and right of the hole, mirrored into the box.
 * @param {Plane[]} detail
 * @param {Uint8Array} hole
 * @param {{rows: Span, columns: Span}} box
 * @param {{nearness: Float32Array, along: Int32Array}[]} ends
 * @returns {Plane[]}
 */
function mirroredDetail(detail, hole, box, ends) {
  const width = detail[0].width;
  const columns = box.columns.last - box.columns.first;
  const rows = box.rows.last - box.rows.first;
  const result = detail.map(() => plane(rows, columns));
  for (let i = 0; i < rows * columns; i++) {
    const start = (box.rows.first + Math.floor(i / columns)) * width;
    const position = box.columns.first + (i % columns);
    let total = 1e-20;
    const sums = [0, 0, 0];
    for (const { nearness, along } of ends) {
      const column = 2 * (along[i] + box.columns.first) - position;
      if (column < 0 || column >= width || hole[start + column]) continue;
      const weight = nearness[i] ** 2;
      total += weight;
      for (let c = 0; c < 3; c++) sums[c] += detail[c].data[start + column] * weight;
    }
    for (let c = 0; c < 3; c++) result[c].data[i] = sums[c] / total;
  }
  return result;
}

/** @param {number} length */
function odd(length) {
  return 2 * Math.max(0, Math.round(length)) + 1;
}

/**
 * @param {number} place
 * @param {number} length
 */
function clamp(place, length) {
  return Math.min(Math.max(place, 0), length - 1);
}

/**
 * @param {Span} span
 * @param {number} by
 * @returns {Span}
 */
function shifted(span, by) {
  return { first: span.first - by, last: span.last - by };
}

/**
 * Return the rows and columns of the box around a hole, widened within the image.
 * @param {Uint8Array} hole
 * @param {number} width
 * @param {number} height
 * @param {number} down
 * @param {number} aside
 * @returns {{rows: Span, columns: Span} | null}
 */
function boxOf(hole, width, height, down, aside) {
  let [top, bottom, left, right] = [height, -1, width, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!hole[y * width + x]) continue;
      top = Math.min(top, y);
      bottom = y;
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
  }
  if (bottom < 0) return null;
  return {
    rows: { first: Math.max(0, top - down), last: Math.min(height, bottom + 1 + down) },
    columns: { first: Math.max(0, left - aside), last: Math.min(width, right + 1 + aside) },
  };
}
