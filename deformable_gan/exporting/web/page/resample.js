/**
 * Images and their resampling, which is the same as in the network's training.
 *
 * @typedef {{width: number, height: number, data: Uint8ClampedArray}} Picture
 *   RGBA, row by row, in the layout of `ImageData`. Alpha is always 255.
 * @typedef {{top: number, left: number, height: number, width: number,
 *   outputSize: [number, number]}} Rectangle
 */

// Pillow's coefficients are multiples of 2 ** -22.
const PRECISION = 2 ** 22;
const HAMMING = [Math.fround(0.54), Math.fround(0.46)];

/**
 * Cut a rectangle out of an image and resample it as Pillow's `resize` does with its `box`: with
 * the Hamming filter if the image shrinks along either axis, otherwise bilinearly. Beyond the
 * image, its border pixels are repeated.
 *
 * @param {Picture} picture
 * @param {Rectangle} rectangle
 * @returns {Picture}
 */
export function resample(picture, rectangle) {
  const [height, width] = rectangle.outputSize;
  const scales = [rectangle.height / height, rectangle.width / width];
  const shrinking = Math.max(...scales) > 1;
  const filter = shrinking ? hamming : triangle;
  const rows = taps(rectangle.top + 0.5, rectangle.height, height, filter);
  const columns = taps(rectangle.left + 0.5, rectangle.width, width, filter);
  const first = Math.min(...rows.map((row) => row.first));
  const last = Math.max(...rows.map((row) => row.first + row.weights.length));
  // Pillow resamples horizontally first and rounds in between.
  const narrow = new Uint8ClampedArray((last - first) * width * 3);
  for (let y = first; y < last; y++) {
    const start = clamp(y, picture.height) * picture.width;
    columns.forEach(({ first: left, weights }, x) => {
      let [red, green, blue] = [0, 0, 0];
      for (let i = 0; i < weights.length; i++) {
        const place = 4 * (start + clamp(left + i, picture.width));
        red += weights[i] * picture.data[place];
        green += weights[i] * picture.data[place + 1];
        blue += weights[i] * picture.data[place + 2];
      }
      const place = 3 * ((y - first) * width + x);
      narrow[place] = rounded(red);
      narrow[place + 1] = rounded(green);
      narrow[place + 2] = rounded(blue);
    });
  }
  const data = new Uint8ClampedArray(height * width * 4).fill(255);
  rows.forEach(({ first: top, weights }, y) => {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++) {
          sum += weights[i] * narrow[3 * ((top + i - first) * width + x) + channel];
        }
        data[4 * (y * width + x) + channel] = rounded(sum);
      }
    }
  });
  return { width, height, data };
}

/**
 * Return where each pixel of a resampled row comes from.
 * @param {number} start Where the box begins; pixel 0 reaches from 0 to 1.
 * @param {number} extent The length of the box.
 * @param {number} length The length of the output row.
 * @param {(distance: number) => number} filter
 * @returns {{first: number, weights: Float64Array}[]}
 */
function taps(start, extent, length, filter) {
  const scale = extent / length;
  // The Python package gives Pillow only the pixels around the box, and the box in float32.
  const origin = Math.floor(start) - Math.trunc(Math.max(scale, 1)) - 2;
  const low = Math.fround(start - origin);
  const step = Math.fround(Math.fround(start + extent - origin) - low) / length;
  const support = Math.max(step, 1);
  const found = [];
  for (let i = 0; i < length; i++) {
    const centre = low + (i + 0.5) * step;
    const first = Math.max(Math.floor(centre - support + 0.5), 0);
    const last = Math.floor(centre + support + 0.5);
    const weights = new Float64Array(last - first);
    let sum = 0;
    for (let j = 0; j < weights.length; j++) {
      weights[j] = filter((first + j - centre + 0.5) / support);
      sum += weights[j];
    }
    for (let j = 0; j < weights.length; j++) {
      weights[j] = Math.floor((weights[j] / sum) * PRECISION + 0.5);
    }
    found.push({ first: first + origin, weights });
  }
  return found;
}

/** @param {number} distance */
function hamming(distance) {
  const size = Math.abs(distance);
  if (size === 0) return 1;
  if (size >= 1) return 0;
  const angle = size * Math.PI;
  return (Math.sin(angle) / angle) * (HAMMING[0] + HAMMING[1] * Math.cos(angle));
}

/** @param {number} distance */
function triangle(distance) {
  return Math.max(1 - Math.abs(distance), 0);
}

/** @param {number} sum */
function rounded(sum) {
  return Math.floor(sum / PRECISION + 0.5);
}

/**
 * @param {number} place
 * @param {number} size
 */
function clamp(place, size) {
  return place < 0 ? 0 : place >= size ? size - 1 : place;
}

/**
 * Cut a square out of an image, black beyond the image's edges, and resample it with a triangle
 * filter that is wider the more the square shrinks (like `tf.image.resize` with antialiasing).
 *
 * @param {Picture} picture
 * @param {[number, number, number]} square (top, left, side) in pixels.
 * @param {number} length The side of the output.
 * @returns {Int32Array} length x length x 3, rounded.
 */
export function squareOf(picture, [top, left, side], length) {
  const rows = triangles(side, length);
  const { width, height, data } = picture;
  // Vertically first, since each output row needs few of the image's rows.
  const firstColumn = Math.max(left, 0);
  const lastColumn = Math.min(left + side, width);
  const columns = Math.max(lastColumn - firstColumn, 0);
  const line = new Float32Array(columns * 3);
  const output = new Int32Array(length * length * 3);
  for (let y = 0; y < length; y++) {
    line.fill(0);
    const { first, weights } = rows[y];
    for (let i = 0; i < weights.length; i++) {
      const row = top + first + i;
      if (row < 0 || row >= height) continue;
      const weight = weights[i];
      let place = 4 * (row * width + firstColumn);
      for (let x = 0; x < line.length; x += 3, place += 4) {
        line[x] += weight * data[place];
        line[x + 1] += weight * data[place + 1];
        line[x + 2] += weight * data[place + 2];
      }
    }
    for (let x = 0; x < length; x++) {
      const { first: start, weights: across } = rows[x];
      let [red, green, blue] = [0, 0, 0];
      for (let i = 0; i < across.length; i++) {
        const column = left + start + i - firstColumn;
        if (column < 0 || column >= columns) continue;
        red += across[i] * line[3 * column];
        green += across[i] * line[3 * column + 1];
        blue += across[i] * line[3 * column + 2];
      }
      const place = 3 * (y * length + x);
      output[place] = Math.round(red);
      output[place + 1] = Math.round(green);
      output[place + 2] = Math.round(blue);
    }
  }
  return output;
}

/**
 * @param {number} size The length of the input.
 * @param {number} length The length of the output.
 */
function triangles(size, length) {
  const scale = size / length;
  const support = Math.max(scale, 1);
  const found = [];
  for (let i = 0; i < length; i++) {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.ceil(centre - support - 0.5), 0);
    const last = Math.min(Math.floor(centre + support - 0.5), size - 1);
    const weights = new Float32Array(Math.max(last - first + 1, 0));
    let sum = 0;
    for (let j = 0; j < weights.length; j++) {
      weights[j] = triangle((first + j + 0.5 - centre) / support);
      sum += weights[j];
    }
    for (let j = 0; j < weights.length; j++) weights[j] /= sum;
    found.push({ first, weights });
  }
  return found;
}

/**
 * Shrink an image to a size; each pixel is the mean of the area that it covers.
 * @param {Picture} picture
 * @param {number} height
 * @param {number} width
 * @returns {Picture}
 */
export function shrunk(picture, height, width) {
  const rows = areas(picture.height, height);
  const columns = areas(picture.width, width);
  const data = new Uint8ClampedArray(height * width * 4).fill(255);
  const line = new Float32Array(picture.width * 3);
  for (let y = 0; y < height; y++) {
    line.fill(0);
    for (const [row, weight] of rows[y]) {
      let place = 4 * row * picture.width;
      for (let x = 0; x < line.length; x += 3, place += 4) {
        line[x] += weight * picture.data[place];
        line[x + 1] += weight * picture.data[place + 1];
        line[x + 2] += weight * picture.data[place + 2];
      }
    }
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const [column, weight] of columns[x]) sum += weight * line[3 * column + channel];
        data[4 * (y * width + x) + channel] = sum;
      }
    }
  }
  return { width, height, data };
}

/**
 * @param {number} size
 * @param {number} length
 * @returns {[number, number][][]} The pixels that each output pixel covers, and their shares.
 */
function areas(size, length) {
  const scale = size / length;
  return Array.from({ length }, (_, i) => {
    /** @type {[number, number][]} */
    const covered = [];
    for (let place = Math.floor(i * scale); place < (i + 1) * scale - 1e-9; place++) {
      const share = Math.min(place + 1, (i + 1) * scale) - Math.max(place, i * scale);
      if (place < size && share > 0) covered.push([place, share / scale]);
    }
    return covered;
  });
}
