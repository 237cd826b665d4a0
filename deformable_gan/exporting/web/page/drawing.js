/**
 * Filled shapes on a map of pixels, equal to those of OpenCV's `line` and `fillConvexPoly`, with
 * which the package draws people's areas.
 *
 * @typedef {[number, number]} Place (y, x), pixel centres at whole numbers.
 * @typedef {{width: number, height: number, data: Uint8Array}} Area 1 in the area, 0 elsewhere.
 */

// The package gives OpenCV coordinates in sixteenths of a pixel.
const FRACTIONS = 16;
// OpenCV computes with coordinates in 65536ths of a pixel.
const FINEST = 65536;

/**
 * @param {number} height
 * @param {number} width
 * @returns {Area}
 */
export function emptyArea(height, width) {
  return { width, height, data: new Uint8Array(width * height) };
}

/**
 * Cover the pixels within half the thickness, rounded up, of a line.
 * @param {Area} area
 * @param {Place} start
 * @param {Place} end
 * @param {number} thickness A whole number of pixels.
 */
export function drawLine(area, start, end, thickness) {
  const [first, last] = [start, end].map(inFractions);
  if (thickness <= 1) {
    drawThinLine(area, nearestPixel(first), nearestPixel(last));
    return;
  }
  const radius = Math.ceil(thickness / 2);
  const [down, right] = [last[0] - first[0], last[1] - first[1]];
  const length = Math.hypot(down, right);
  if (length > 0) {
    const aside = (/** @type {number} */ step) =>
      Math.round((step * radius * FINEST) / length) / FINEST;
    const [y, x] = [aside(-right), aside(down)];
    fillConvex(area, [
      [first[0] + y, first[1] + x],
      [first[0] - y, first[1] - x],
      [last[0] - y, last[1] - x],
      [last[0] + y, last[1] + x],
    ]);
  }
  fillDisc(area, first, radius);
  fillDisc(area, last, radius);
}

/**
 * Cover the convex hull of points.
 * @param {Area} area
 * @param {Place[]} points
 */
export function drawHull(area, points) {
  fillConvex(area, convexHull(points.map(inFractions)));
}

/**
 * @param {Place} place
 * @returns {Place}
 */
function inFractions([y, x]) {
  return [Math.round(y * FRACTIONS) / FRACTIONS, Math.round(x * FRACTIONS) / FRACTIONS];
}

/**
 * @param {Place} place
 * @returns {Place}
 */
function nearestPixel([y, x]) {
  return [Math.floor(y + 0.5), Math.floor(x + 0.5)];
}

/**
 * @param {Area} area
 * @param {Place} centre
 * @param {number} radius
 */
function fillDisc(area, centre, radius) {
  const [middle, column] = nearestPixel(centre);
  for (let down = -radius; down <= radius; down++) {
    const reach = Math.floor(Math.sqrt(radius * radius - down * down));
    fillRow(area, middle + down, column - reach, column + reach);
  }
}

/**
 * @param {Area} area
 * @param {number} row
 * @param {number} first
 * @param {number} last Inclusive.
 */
function fillRow(area, row, first, last) {
  if (row < 0 || row >= area.height) return;
  const start = row * area.width;
  area.data.fill(1, start + Math.max(first, 0), start + Math.min(last, area.width - 1) + 1);
}

/**
 * Cover a convex polygon: its outline, and the rows between its corners, rounded to whole rows.
 * @param {Area} area
 * @param {Place[]} corners In order around the polygon.
 */
function fillConvex(area, corners) {
  const rows = corners.map(([y]) => Math.floor(y + 0.5));
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const left = new Float64Array(bottom - top + 1).fill(Number.POSITIVE_INFINITY);
  const right = new Float64Array(bottom - top + 1).fill(Number.NEGATIVE_INFINITY);
  corners.forEach((corner, i) => {
    const next = (i + 1) % corners.length;
    drawThinLine(area, corner, corners[next]);
    const [from, to] = rows[i] <= rows[next] ? [i, next] : [next, i];
    const slope = (corners[to][1] - corners[from][1]) / Math.max(rows[to] - rows[from], 1);
    for (let row = rows[from]; row <= rows[to]; row++) {
      const x = corners[from][1] + slope * (row - rows[from]);
      left[row - top] = Math.min(left[row - top], x);
      right[row - top] = Math.max(right[row - top], x);
    }
  });
  // Only the outline of the last row is drawn.
  for (let row = top; row < bottom; row++) {
    fillRow(area, row, Math.floor(left[row - top] + 0.5), Math.floor(right[row - top] + 0.5));
  }
}

/**
 * Cover a line one pixel thick.
 * @param {Area} area
 * @param {Place} start
 * @param {Place} end
 */
function drawThinLine(area, start, end) {
  const steep = Math.abs(end[1] - start[1]) <= Math.abs(end[0] - start[0]);
  const [along, across] = steep ? [0, 1] : [1, 0];
  const [from, to] = start[along] <= end[along] ? [start, end] : [end, start];
  const length = to[along] - from[along];
  const slope = length > 0 ? (to[across] - from[across]) / length : 0;
  const put = (/** @type {number} */ one, /** @type {number} */ other) => {
    const [y, x] = steep ? [one, other] : [other, one];
    if (y >= 0 && x >= 0 && y < area.height && x < area.width) area.data[y * area.width + x] = 1;
  };
  put(Math.floor(to[along] + 0.5), Math.floor(to[across] + 0.5));
  const first = Math.floor(from[along] + 0.5);
  for (let i = 0; i <= Math.floor(length); i++) {
    put(first + i, Math.floor(from[across] + slope * i + 0.5));
  }
}

/**
 * @param {Place[]} points
 * @returns {Place[]} In order around the hull (Andrew's monotone chain).
 */
function convexHull(points) {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = (/** @type {Place[]} */ places) => {
    /** @type {Place[]} */
    const chain = [];
    for (const place of places) {
      while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], place) <= 0)
        chain.pop();
      chain.push(place);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/**
 * @param {Place} a
 * @param {Place} b
 * @param {Place} c
 */
function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}
