/**
 * Composing at a photograph's own size what the network has chosen at its own: see
 * `reposing/full_size.py`, which this follows.
 *
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {import("./person_crop.js").PersonCrop} PersonCrop
 * @typedef {{weights: Float32Array, drawn: Float32Array, transforms: Float32Array}} Parts
 *   Of one image: weights [H, W, K], the drawn image [H, W, 3] in [-1, 1], and transforms [10, 8]
 *   from target to source pixels.
 * @typedef {{top: number, left: number, height: number, width: number}} Window
 *   Whole pixels of the photograph.
 */

export const REGION_COUNT = 10;
const LEAST_WEIGHT = 1 / 512;
export const LEAST_LOGARITHM = -16;
const MOST_DECISION = 2;
// Candidates with a weight below e^-9 change no grey level; most are, in most pixels.
const NEGLIGIBLE = -9;
export const FADE = 2;
const REACH = 2;

/**
 * Return the part of a photograph that is composed: the crop and the margin that it fades over.
 * @param {PersonCrop} crop
 * @param {Picture} photograph
 * @returns {Window}
 */
export function composedWindow(crop, photograph) {
  const [down, across] = crop.scale();
  const [rows, columns] = [Math.ceil(FADE * down), Math.ceil(FADE * across)];
  const [first, start] = [roundHalfEven(crop.top + 0.5), roundHalfEven(crop.left + 0.5)];
  const bottom = first + Math.max(1, roundHalfEven(crop.height)) + rows;
  const right = start + Math.max(1, roundHalfEven(crop.width)) + columns;
  const [top, left] = [Math.max(first - rows, 0), Math.max(start - columns, 0)];
  return {
    top,
    left,
    height: Math.max(Math.min(bottom, photograph.height) - top, 0),
    width: Math.max(Math.min(right, photograph.width) - left, 0),
  };
}

/**
 * Return the exponent of the weights: from twice the network's resolution on the choice between
 * candidates is made more decidedly.
 * @param {PersonCrop} crop
 */
export function decisionFor(crop) {
  const [down, across] = crop.scale();
  const enlarged = Math.sqrt(down * across) - 1;
  return 1 + Math.min(Math.max(enlarged, 0), 1) * (MOST_DECISION - 1);
}

/**
 * Return transforms between pixels of the photograph.
 * @param {Float32Array} transforms [10, 8] between pixels of the network.
 * @param {PersonCrop} crop
 * @returns {Float64Array} [10, 6]: x' = m0 x + m1 y + m2, y' = m3 x + m4 y + m5.
 */
export function toPhotograph(transforms, crop) {
  const [down, across] = crop.scale();
  const zero = { x: 0.5 * across + crop.left, y: 0.5 * down + crop.top };
  const matrices = new Float64Array(REGION_COUNT * 6);
  for (let region = 0; region < REGION_COUNT; region++) {
    const [a0, a1, a2, b0, b1, b2] = transforms.subarray(8 * region, 8 * region + 6);
    const [m1, m3] = [(a1 * across) / down, (b0 * down) / across];
    matrices.set(
      [
        ...[a0, m1, a2 * across + zero.x - a0 * zero.x - m1 * zero.y],
        ...[m3, b1, b2 * down + zero.y - m3 * zero.x - b1 * zero.y],
      ],
      6 * region,
    );
  }
  return matrices;
}

/** Composes poses of one person in one photograph, with JavaScript alone. */
export class Composer {
  /**
   * @param {Picture} photograph
   * @param {PersonCrop} crop The part that the network sees.
   * @param {Picture | null} background The photograph without the person, or null for networks
   *   without that candidate.
   */
  constructor(photograph, crop, background) {
    this.photograph = photograph;
    this.crop = crop;
    this.background = background;
    this.window = composedWindow(crop, photograph);
    const [height, width] = crop.outputSize;
    const [down, across] = crop.scale();
    this.rows = placesOf(this.window.top, this.window.height, crop.top, down, height);
    this.columns = placesOf(this.window.left, this.window.width, crop.left, across, width);
  }

  /**
   * Compose the photograph with the person in a new pose.
   * @param {Parts} parts
   * @returns {Picture} Of the photograph's size.
   */
  compose(parts) {
    const { window, photograph } = this;
    const pixels = window.height * window.width;
    const image = new Float32Array(3 * pixels);
    const total = new Float32Array(pixels);
    const decision = decisionFor(this.crop);
    const matrices = toPhotograph(parts.transforms, this.crop);
    const [height, width] = this.crop.outputSize;
    const candidates = parts.weights.length / (height * width);
    for (let k = 0; k < candidates; k++) {
      const box = this.boxOf(parts.weights, k, candidates);
      if (!box) continue;
      const logarithms = channel(
        height,
        width,
        (i) => Math.max(Math.log(parts.weights[candidates * i + k]), LEAST_LOGARITHM) * decision,
      );
      const share = this.upsampled(logarithms, box);
      for (let i = 0; i < share.length; i++) {
        share[i] = share[i] < NEGLIGIBLE ? 0 : Math.exp(share[i]);
      }
      this.add(image, total, share, box, k, candidates, parts, matrices);
    }
    const data = photograph.data.slice();
    for (let y = 0; y < window.height; y++) {
      for (let x = 0; x < window.width; x++) {
        const from = y * window.width + x;
        const to = 4 * ((window.top + y) * photograph.width + window.left + x);
        const fading = this.rows.fading[y] * this.columns.fading[x];
        for (let c = 0; c < 3; c++) {
          const value = image[3 * from + c] / total[from];
          data[to + c] = data[to + c] + fading * (value - data[to + c]);
        }
      }
    }
    return { width: photograph.width, height: photograph.height, data };
  }

  /**
   * Add a candidate to the mixture.
   * @param {Float32Array} image
   * @param {Float32Array} total
   * @param {Float32Array} share In the box.
   * @param {Window} box Of the window.
   * @param {number} k
   * @param {number} candidates
   * @param {Parts} parts
   * @param {Float64Array} matrices
   */
  add(image, total, share, box, k, candidates, parts, matrices) {
    const { window, photograph } = this;
    const [height, width] = this.crop.outputSize;
    const drawn =
      k === candidates - 1
        ? [0, 1, 2].map((c) =>
            this.upsampled(
              channel(height, width, (i) => (parts.drawn[3 * i + c] + 1) * 127.5),
              box,
            ),
          )
        : null;
    const shown = k === candidates - 2 ? photograph : this.background;
    const [m0, m1, m2, m3, m4, m5] = matrices.subarray(6 * k, 6 * k + 6);
    for (let y = 0; y < box.height; y++) {
      const row = window.top + box.top + y;
      for (let x = 0; x < box.width; x++) {
        const weight = share[y * box.width + x];
        if (weight === 0) continue;
        const column = window.left + box.left + x;
        const to = (box.top + y) * window.width + box.left + x;
        total[to] += weight;
        if (k < REGION_COUNT) {
          const u = m0 * column + m1 * row + m2;
          const v = m3 * column + m4 * row + m5;
          addWarped(image, 3 * to, photograph, v, u, weight);
        } else if (drawn) {
          for (let c = 0; c < 3; c++) image[3 * to + c] += weight * drawn[c][y * box.width + x];
        } else if (shown) {
          const from = 4 * (row * photograph.width + column);
          image[3 * to] += weight * shown.data[from];
          image[3 * to + 1] += weight * shown.data[from + 1];
          image[3 * to + 2] += weight * shown.data[from + 2];
        }
      }
    }
  }

  /**
   * Return the part of the window in which a candidate has a weight, or null.
   * @param {Float32Array} weights
   * @param {number} k
   * @param {number} candidates
   * @returns {Window | null}
   */
  boxOf(weights, k, candidates) {
    const [height, width] = this.crop.outputSize;
    let [top, bottom, left, right] = [height, -1, width, -1];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (weights[candidates * (y * width + x) + k] <= LEAST_WEIGHT) continue;
        top = Math.min(top, y);
        bottom = y;
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
    }
    if (bottom < 0) return null;
    const rows = within(this.rows.places, top - REACH, bottom + REACH, height);
    const columns = within(this.columns.places, left - REACH, right + REACH, width);
    const box = {
      top: rows.first,
      left: columns.first,
      height: rows.last - rows.first,
      width: columns.last - columns.first,
    };
    return box.height > 0 && box.width > 0 ? box : null;
  }

  /**
   * Return a channel of the network, interpolated to a part of the window.
   * @param {Float32Array} values [H, W]
   * @param {Window} box
   * @returns {Float32Array}
   */
  upsampled(values, box) {
    const width = this.crop.outputSize[1];
    const line = new Float32Array(width);
    const result = new Float32Array(box.height * box.width);
    for (let y = 0; y < box.height; y++) {
      const row = 4 * (box.top + y);
      line.fill(0);
      for (let i = row; i < row + 4; i++) {
        const weight = this.rows.weights[i];
        const start = this.rows.indices[i] * width;
        for (let x = 0; x < width; x++) line[x] += weight * values[start + x];
      }
      const { weights, indices } = this.columns;
      for (let x = 0; x < box.width; x++) {
        const i = 4 * (box.left + x);
        result[y * box.width + x] =
          weights[i] * line[indices[i]] +
          weights[i + 1] * line[indices[i + 1]] +
          weights[i + 2] * line[indices[i + 2]] +
          weights[i + 3] * line[indices[i + 3]];
      }
    }
    return result;
  }
}

/**
 * @param {number} height
 * @param {number} width
 * @param {(i: number) => number} value
 */
function channel(height, width, value) {
  const values = new Float32Array(height * width);
  for (let i = 0; i < values.length; i++) values[i] = value(i);
  return values;
}

/**
 * Return where the window's rows or columns lie in the network's image.
 * @param {number} first
 * @param {number} count
 * @param {number} edge Of the crop.
 * @param {number} scale Pixels of the photograph in one of the network.
 * @param {number} length Of the network's image.
 */
function placesOf(first, count, edge, scale, length) {
  const places = new Float64Array(count);
  const fading = new Float32Array(count);
  const weights = new Float32Array(4 * count);
  const indices = new Int32Array(4 * count);
  for (let i = 0; i < count; i++) {
    places[i] = (first + i - edge) / scale - 0.5;
    const beyond = Math.max(-0.5 - places[i], places[i] - (length - 0.5), 0);
    const share = Math.max(1 - beyond / FADE, 0);
    fading[i] = share * share * (3 - 2 * share);
    // Cubic convolution (Keys 1981, a = -1/2), the pixels at the ends repeated.
    const place = Math.min(Math.max(places[i], 0), length - 1);
    const start = Math.floor(place);
    for (let tap = 0; tap < 4; tap++) {
      const distance = Math.abs(place - (start + tap - 1));
      const near = (1.5 * distance - 2.5) * distance * distance + 1;
      const far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
      weights[4 * i + tap] = distance <= 1 ? near : distance < 2 ? far : 0;
      indices[4 * i + tap] = Math.min(Math.max(start + tap - 1, 0), length - 1);
    }
  }
  return { places, fading, weights, indices };
}

/**
 * Return the range of places between two pixels of the network; what lies beyond its image looks
 * like the pixels at its edge.
 * @param {Float64Array} places Increasing.
 * @param {number} low
 * @param {number} high
 * @param {number} length
 */
function within(places, low, high, length) {
  let first = 0;
  let last = places.length;
  if (low >= 0) while (first < places.length && places[first] <= low) first += 1;
  if (high <= length - 1) while (last > 0 && places[last - 1] >= high) last -= 1;
  return { first, last: Math.max(first, last) };
}

/**
 * Add a pixel of a picture, bilinear, border pixels repeated.
 * @param {Float32Array} image
 * @param {number} to
 * @param {Picture} picture
 * @param {number} row
 * @param {number} column
 * @param {number} weight
 */
function addWarped(image, to, picture, row, column, weight) {
  const { width, height, data } = picture;
  const y = row < 0 ? 0 : Math.min(row, height - 1);
  const x = column < 0 ? 0 : Math.min(column, width - 1);
  const top = Math.floor(y);
  const left = Math.floor(x);
  const down = y - top;
  const across = x - left;
  const right = left + 1 < width ? 4 : 0;
  const below = top + 1 < height ? 4 * width : 0;
  const from = 4 * (top * width + left);
  const first = weight * (1 - down) * (1 - across);
  const second = weight * (1 - down) * across;
  const third = weight * down * (1 - across);
  const fourth = weight * down * across;
  for (let c = 0; c < 3; c++) {
    const place = from + c;
    image[to + c] +=
      first * data[place] +
      second * data[place + right] +
      third * data[place + below] +
      fourth * data[place + below + right];
  }
}

/** @param {number} value */
function roundHalfEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
