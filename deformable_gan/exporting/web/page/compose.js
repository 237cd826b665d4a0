/**
 * Composing at a photograph's size with candidate weights of the network's image size. It follows
 * `reposing/full_size.py`.
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
export const LEAST_LOGARITHM = -16;
const LEAST_WEIGHT = Math.exp(LEAST_LOGARITHM);
const MOST_DECISION = 2;
// A candidate with a weight below e^-9 changes no grey level. In most pixels, that holds for most
// candidates.
const NEGLIGIBLE = -9;
export const FADE = 2;

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
 * Return the exponent of the weights: 1 up to the network's resolution, rising to 2 at twice that
 * resolution and more, which makes the choice between candidates more decisive.
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

/** Composes poses of one person in one photograph, in JavaScript only. */
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
    const [height, width] = this.crop.outputSize;
    const count = parts.weights.length / (height * width);
    const decision = decisionFor(this.crop);
    const logarithms = Array.from({ length: count }, (_, k) =>
      channel(height, width, (i) => logarithmOf(parts.weights[count * i + k]) * decision),
    );
    const cells = this.candidatesOf(logarithms);
    const drawn = [0, 1, 2].map((c) =>
      channel(height, width, (i) => (parts.drawn[3 * i + c] + 1) * 127.5),
    );
    const matrices = toPhotograph(parts.transforms, this.crop);
    const data = photograph.data.slice();
    const lines = [...logarithms, ...drawn].map(() => new Float32Array(width));
    for (let y = 0; y < window.height; y++) {
      const row = cells.subarray(this.rows.indices[4 * y + 1] * width).subarray(0, width);
      const seen = row.reduce((bits, one) => bits | one, 0);
      if (seen === 1 << (count - 2)) continue; // the photograph's own row
      for (let k = 0; k < count; k++) {
        if ((seen >> k) & 1) this.interpolateRow(logarithms[k], y, lines[k]);
      }
      if ((seen >> (count - 1)) & 1) {
        for (let c = 0; c < 3; c++) this.interpolateRow(drawn[c], y, lines[count + c]);
      }
      this.composeRow(data, y, row, lines, count, matrices);
    }
    return { width: photograph.width, height: photograph.height, data };
  }

  /**
   * Return, as bits, which candidates are not negligible around each pixel of the network. Most
   * pixels have only one.
   * @param {Float32Array[]} logarithms
   * @returns {Uint32Array} [H, W]
   */
  candidatesOf(logarithms) {
    const [height, width] = this.crop.outputSize;
    const bits = new Uint32Array(height * width);
    logarithms.forEach((values, k) => {
      for (let i = 0; i < values.length; i++) if (values[i] > NEGLIGIBLE) bits[i] |= 1 << k;
    });
    // Interpolation reads one pixel before and two after.
    const wide = bits.map((_, i) => {
      let found = 0;
      const x = i % width;
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 2, width - 1); u++) {
        found |= bits[i - x + u];
      }
      return found;
    });
    return wide.map((_, i) => {
      let found = 0;
      const y = Math.floor(i / width);
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 2, height - 1); v++) {
        found |= wide[i + (v - y) * width];
      }
      return found;
    });
  }

  /**
   * Interpolate a channel of the network between its rows.
   * @param {Float32Array} values [H, W]
   * @param {number} y The row of the window.
   * @param {Float32Array} line [W]
   */
  interpolateRow(values, y, line) {
    const { weights, indices } = this.rows;
    const [a, b, c, d] = weights.subarray(4 * y, 4 * y + 4);
    const [first, second, third, fourth] = indices
      .subarray(4 * y, 4 * y + 4)
      .map((row) => row * line.length);
    for (let x = 0; x < line.length; x++) {
      line[x] =
        a * values[first + x] +
        b * values[second + x] +
        c * values[third + x] +
        d * values[fourth + x];
    }
  }

  /**
   * Compose a row of the window.
   * @param {Uint8ClampedArray} data The result's pixels, at first the photograph's.
   * @param {number} y The row of the window.
   * @param {Uint32Array} cells The candidates around each of the network's pixels in this row.
   * @param {Float32Array[]} lines The candidates' logarithms in this row, and the drawn colours.
   * @param {number} count The number of candidates.
   * @param {Float64Array} matrices
   */
  composeRow(data, y, cells, lines, count, matrices) {
    const { window, photograph } = this;
    const { weights, indices, fading } = this.columns;
    const shown = photograph.data;
    const behind = (this.background ?? photograph).data;
    const row = window.top + y;
    const own = 1 << (count - 2);
    const rowFading = this.rows.fading[y];
    for (let x = 0; x < window.width; x++) {
      const tap = 4 * x;
      const seen = cells[indices[tap + 1]];
      if (seen === own) continue; // the photograph's own pixel
      const column = window.left + x;
      const to = 4 * (row * photograph.width + column);
      const alone = (seen & (seen - 1)) === 0;
      let [total, red, green, blue] = [0, 0, 0, 0];
      for (let left = seen; left; left &= left - 1) {
        const k = 31 - Math.clz32(left & -left);
        let weight = 1;
        if (!alone) {
          const logarithm = interpolated(lines[k], weights, indices, tap);
          if (logarithm < NEGLIGIBLE) continue;
          weight = Math.exp(logarithm);
        }
        total += weight;
        if (k === count - 1) {
          red += weight * interpolated(lines[count], weights, indices, tap);
          green += weight * interpolated(lines[count + 1], weights, indices, tap);
          blue += weight * interpolated(lines[count + 2], weights, indices, tap);
          continue;
        }
        if (k >= REGION_COUNT) {
          const from = k === count - 2 ? shown : behind;
          red += weight * from[to];
          green += weight * from[to + 1];
          blue += weight * from[to + 2];
          continue;
        }
        const m = 6 * k;
        // Bilinear, border pixels repeated.
        const u = inside(
          matrices[m] * column + matrices[m + 1] * row + matrices[m + 2],
          photograph.width,
        );
        const v = inside(
          matrices[m + 3] * column + matrices[m + 4] * row + matrices[m + 5],
          photograph.height,
        );
        const [above, before] = [Math.floor(v), Math.floor(u)];
        const [down, across] = [v - above, u - before];
        const right = before + 1 < photograph.width ? 4 : 0;
        const below = above + 1 < photograph.height ? 4 * photograph.width : 0;
        const from = 4 * (above * photograph.width + before);
        const first = weight * (1 - down) * (1 - across);
        const second = weight * (1 - down) * across;
        const third = weight * down * (1 - across);
        const fourth = weight * down * across;
        const last = from + below + right;
        red += first * shown[from] + second * shown[from + right];
        red += third * shown[from + below] + fourth * shown[last];
        green += first * shown[from + 1] + second * shown[from + right + 1];
        green += third * shown[from + below + 1] + fourth * shown[last + 1];
        blue += first * shown[from + 2] + second * shown[from + right + 2];
        blue += third * shown[from + below + 2] + fourth * shown[last + 2];
      }
      if (!total) continue;
      const fade = rowFading * fading[x];
      data[to] += fade * (red / total - data[to]);
      data[to + 1] += fade * (green / total - data[to + 1]);
      data[to + 2] += fade * (blue / total - data[to + 2]);
    }
  }
}

/**
 * @param {number} place
 * @param {number} length
 */
function inside(place, length) {
  return Math.min(Math.max(place, 0), length - 1);
}

/**
 * @param {number} weight
 */
function logarithmOf(weight) {
  // Most weights are negligible.
  return weight > LEAST_WEIGHT ? Math.log(weight) : LEAST_LOGARITHM;
}

/**
 * Interpolate a row of the network between its pixels.
 * @param {Float32Array} line
 * @param {Float32Array} weights
 * @param {Int32Array} indices
 * @param {number} tap The index of the first of the four weights.
 */
function interpolated(line, weights, indices, tap) {
  return (
    weights[tap] * line[indices[tap]] +
    weights[tap + 1] * line[indices[tap + 1]] +
    weights[tap + 2] * line[indices[tap + 2]] +
    weights[tap + 3] * line[indices[tap + 3]]
  );
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
 * @param {number} edge The crop's top or left edge.
 * @param {number} scale Pixels of the photograph per pixel of the network.
 * @param {number} length The height or width of the network's image.
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

/** @param {number} value */
function roundHalfEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}
