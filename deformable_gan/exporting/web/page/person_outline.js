import { emptyArea } from "./drawing.js";
import { BACKGROUND, FOREGROUND, grabCut, MAYBE_BACKGROUND, MAYBE_FOREGROUND } from "./grab_cut.js";
import { neighbours, personArea, personCore } from "./person_area.js";
import { shrunk } from "./resample.js";

/**
 * The outline of a person in a photograph, found by colour within the area where the joints allow
 * a person to be; see `backgrounds/person_outline.py`.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./drawing.js").Area} Area
 * @typedef {import("./resample.js").Picture} Picture
 */

const CUT_HEIGHT = 256;
const NEAR_CORE = 0.16;
const SURROUNDINGS = 0.06;
const MARGIN = 0.016;
// Distances of adjacent and of diagonal pixels in OpenCV's 3 x 3 distance transform, in units of
// 1/65536 pixel.
const [BESIDE, ACROSS] = [0.955, 1.3693].map((length) => Math.round(length * 65536));

/**
 * Return the pixels of a person and a narrow margin around them.
 * @param {Picture} picture
 * @param {Pose} pose In pixels of the photograph.
 * @returns {Area}
 */
export function personOutline(picture, pose) {
  const { height, width } = picture;
  const area = personArea(pose, [height, width]);
  if (height <= CUT_HEIGHT) return cut(picture, pose, area);
  const scale = CUT_HEIGHT / height;
  const [rows, columns] = [height, width].map((length) => Math.max(1, Math.round(length * scale)));
  const [down, across] = [rows / height, columns / width];
  const moved = pose.map(
    ([y, x, confidence]) =>
      /** @type {import("./skeleton.js").KeyPoint} */ ([
        (y + 0.5) * down - 0.5,
        (x + 0.5) * across - 0.5,
        confidence,
      ]),
  );
  const small = shrunk(picture, rows, columns);
  const outline = cut(small, moved, personArea(moved, [rows, columns]));
  const sides = neighbours(width, columns);
  neighbours(height, rows).forEach(({ first: top, last: bottom, share: below }, y) => {
    for (let x = 0; x < width; x++) {
      const { first: left, last: right, share: aside } = sides[x];
      const value = (/** @type {number} */ row) =>
        outline.data[row * columns + left] * (1 - aside) +
        outline.data[row * columns + right] * aside;
      if (value(top) * (1 - below) + value(bottom) * below <= 0.5) area.data[y * width + x] = 0;
    }
  });
  return area;
}

/**
 * @param {Picture} picture
 * @param {Pose} pose
 * @param {Area} area
 * @returns {Area}
 */
function cut(picture, pose, area) {
  const { height, width } = picture;
  const { core, unit } = personCore(pose, [height, width]);
  for (let i = 0; i < core.data.length; i++) core.data[i] &= area.data[i];
  if (!core.data.includes(1)) return area;
  const margin = Math.max(2, Math.round(SURROUNDINGS * height));
  const box = boxRound(area, margin);
  const [areaPart, corePart] = [area, core].map((one) => part(one, box));
  if (!areaPart.data.includes(0)) return area;
  const colours = new Float32Array(3 * areaPart.data.length);
  for (let i = 0; i < areaPart.data.length; i++) {
    const y = box.top + Math.floor(i / box.width);
    const from = 4 * (y * width + box.left + (i % box.width));
    for (let c = 0; c < 3; c++) colours[3 * i + c] = picture.data[from + c];
  }
  const apart = distanceFrom(corePart);
  const labels = areaPart.data.map((inside, i) => {
    if (corePart.data[i]) return FOREGROUND;
    if (!inside) return BACKGROUND;
    return apart[i] > NEAR_CORE * unit ? MAYBE_BACKGROUND : MAYBE_FOREGROUND;
  });
  const person = grabCut(colours, labels, box.height, box.width);
  const wider = widened(person, Math.max(1, Math.round(MARGIN * height)));
  const outline = emptyArea(height, width);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      const to = (box.top + y) * width + box.left + x;
      outline.data[to] = wider.data[y * box.width + x] & area.data[to];
    }
  }
  return outline;
}

/**
 * @param {Area} area
 * @param {number} margin
 */
function boxRound({ width, height, data }, margin) {
  let [top, bottom, left, right] = [height, -1, width, -1];
  data.forEach((inside, i) => {
    if (!inside) return;
    const [y, x] = [Math.floor(i / width), i % width];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
  });
  [top, left] = [Math.max(0, top - margin), Math.max(0, left - margin)];
  const last = [Math.min(height, bottom + 1 + margin), Math.min(width, right + 1 + margin)];
  return { top, left, height: last[0] - top, width: last[1] - left };
}

/**
 * @param {Area} area
 * @param {{top: number, left: number, height: number, width: number}} box
 * @returns {Area}
 */
function part(area, { top, left, height, width }) {
  const result = emptyArea(height, width);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * area.width + left;
    result.data.set(area.data.subarray(start, start + width), y * width);
  }
  return result;
}

/**
 * Return the distance of each pixel from an area, in pixels, summed over steps between neighbours.
 * @param {Area} area
 * @returns {Float64Array}
 */
function distanceFrom({ width, height, data }) {
  const apart = Float64Array.from(data, (inside) => (inside ? 0 : Number.POSITIVE_INFINITY));
  const at = (/** @type {number} */ y, /** @type {number} */ x) =>
    y < 0 || x < 0 || y >= height || x >= width ? Number.POSITIVE_INFINITY : apart[y * width + x];
  // The first pass starts at the upper left corner, the second at the lower right corner.
  for (const step of [1, -1]) {
    for (let i = 0; i < data.length; i++) {
      const place = step > 0 ? i : data.length - 1 - i;
      const [y, x] = [Math.floor(place / width), place % width];
      apart[place] = Math.min(
        apart[place],
        at(y, x - step) + BESIDE,
        at(y - step, x) + BESIDE,
        at(y - step, x - step) + ACROSS,
        at(y - step, x + step) + ACROSS,
      );
    }
  }
  return apart.map((distance) => distance / 65536);
}

/**
 * Return an area dilated by a disc.
 * @param {Area} area
 * @param {number} reach In pixels.
 * @returns {Area}
 */
function widened({ width, height, data }, reach) {
  const wide = emptyArea(height, width);
  for (let down = -reach; down <= reach; down++) {
    const aside = Math.round(Math.sqrt(reach * reach - down * down));
    for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
      for (let x = 0; x < width; x++) {
        if (!data[y * width + x]) continue;
        const start = (y + down) * width;
        wide.data.fill(1, start + Math.max(0, x - aside), start + Math.min(width, x + aside + 1));
      }
    }
  }
  return wide;
}
