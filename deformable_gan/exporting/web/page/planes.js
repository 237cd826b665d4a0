/**
 * Images as one plane of floats per colour.
 *
 * @typedef {{height: number, width: number, data: Float32Array}} Plane
 * @typedef {{first: number, last: number}} Span Excludes `last`.
 */

/**
 * Return the moving mean along an axis. The plane is mirrored at its edges.
 * @param {Plane} values
 * @param {number} window The number of values to average, odd.
 * @param {number} axis 1 to average along rows, 0 along columns.
 * @returns {Plane}
 */
export function blurred(values, window, axis) {
  const { height, width } = values;
  const result = plane(height, width);
  const [lines, length] = axis ? [height, width] : [width, height];
  const step = axis ? 1 : width;
  const reach = (window - 1) / 2;
  for (let line = 0; line < lines; line++) {
    const start = axis ? line * width : line;
    const at = (/** @type {number} */ i) => values.data[start + reflected(i, length) * step];
    let sum = 0;
    for (let i = -reach; i <= reach; i++) sum += at(i);
    for (let i = 0; i < length; i++) {
      result.data[start + i * step] = sum / window;
      sum += at(i + reach + 1) - at(i - reach);
    }
  }
  return result;
}

/**
 * @param {number} i
 * @param {number} length
 */
function reflected(i, length) {
  if (length === 1) return 0;
  let place = i;
  while (place < 0 || place >= length) place = place < 0 ? -place : 2 * (length - 1) - place;
  return place;
}

/**
 * Return a plane whose pixel i is the pixel `places[i]` of the given plane.
 * @param {Plane} one
 * @param {Int32Array} places
 */
export function gathered(one, places) {
  const result = plane(one.height, one.width);
  for (let i = 0; i < places.length; i++) result.data[i] = one.data[places[i]];
  return result;
}

/**
 * @param {Plane} one
 * @param {{rows: Span, columns: Span}} box
 */
export function cut(one, box) {
  const result = plane(box.rows.last - box.rows.first, box.columns.last - box.columns.first);
  for (let y = 0; y < result.height; y++) {
    const start = (box.rows.first + y) * one.width + box.columns.first;
    result.data.set(one.data.subarray(start, start + result.width), y * result.width);
  }
  return result;
}

/**
 * @param {number} height
 * @param {number} width
 * @returns {Plane}
 */
export function plane(height, width) {
  return { height, width, data: new Float32Array(height * width) };
}
