/**
 * The density of colours: a mixture of Gaussian distributions of (red, green, blue).
 */

/** The number of distributions. */
export const COMPONENTS = 5;
// The colours of a component may all be equal; their covariance is then widened.
const LEAST_DETERMINANT = 1e-6;
const WIDENED = 0.01;

export class ColourMixture {
  /**
   * @param {Float32Array} colours [N, 3]
   * @param {Uint8Array} components [N], the component of each colour.
   */
  constructor(colours, components) {
    this.gaussians = Array.from({ length: COMPONENTS }, (_, k) =>
      gaussianOf(colours, components, k),
    );
  }

  /**
   * Return the density of a colour, up to a constant factor.
   * @param {number} red
   * @param {number} green
   * @param {number} blue
   */
  density(red, green, blue) {
    let sum = 0;
    for (const one of this.gaussians) {
      if (one) sum += one.share * density(one, red, green, blue);
    }
    return sum;
  }

  /**
   * Return the component in which a colour is most likely.
   * @param {number} red
   * @param {number} green
   * @param {number} blue
   */
  componentOf(red, green, blue) {
    let [best, most] = [0, 0];
    this.gaussians.forEach((one, k) => {
      const value = one ? density(one, red, green, blue) : 0;
      if (value > most) [best, most] = [k, value];
    });
    return best;
  }
}

/**
 * @typedef {{share: number, mean: number[], inverse: number[], factor: number}} Gaussian
 *   `inverse` is the inverse of the covariance, [3, 3].
 */

/**
 * @param {Float32Array} colours
 * @param {Uint8Array} components
 * @param {number} k
 * @returns {Gaussian | null}
 */
function gaussianOf(colours, components, k) {
  const sums = new Float64Array(3);
  const products = new Float64Array(9);
  let count = 0;
  for (let i = 0; i < components.length; i++) {
    if (components[i] !== k) continue;
    count += 1;
    for (let a = 0; a < 3; a++) {
      sums[a] += colours[3 * i + a];
      for (let b = 0; b < 3; b++) products[3 * a + b] += colours[3 * i + a] * colours[3 * i + b];
    }
  }
  if (!count) return null;
  const mean = [...sums].map((sum) => sum / count);
  const covariance = [...products].map(
    (product, i) => product / count - mean[Math.floor(i / 3)] * mean[i % 3],
  );
  if (determinant(covariance) <= LEAST_DETERMINANT) {
    for (const i of [0, 4, 8]) covariance[i] += WIDENED;
  }
  const size = determinant(covariance);
  return {
    share: count / components.length,
    mean,
    inverse: adjugate(covariance).map((value) => value / size),
    factor: 1 / Math.sqrt(size),
  };
}

/**
 * Return a Gaussian's density, without the constant factor that all Gaussians share.
 * @param {Gaussian} gaussian
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 */
function density({ mean, inverse, factor }, red, green, blue) {
  const [r, g, b] = [red - mean[0], green - mean[1], blue - mean[2]];
  const square =
    r * (r * inverse[0] + g * inverse[3] + b * inverse[6]) +
    g * (r * inverse[1] + g * inverse[4] + b * inverse[7]) +
    b * (r * inverse[2] + g * inverse[5] + b * inverse[8]);
  return factor * Math.exp(-0.5 * square);
}

/** @param {number[]} m [3, 3] */
function determinant(m) {
  return (
    m[0] * (m[4] * m[8] - m[5] * m[7]) -
    m[1] * (m[3] * m[8] - m[5] * m[6]) +
    m[2] * (m[3] * m[7] - m[4] * m[6])
  );
}

/** @param {number[]} m [3, 3] */
function adjugate(m) {
  const minor = (
    /** @type {number} */ a,
    /** @type {number} */ b,
    /** @type {number} */ c,
    /** @type {number} */ d,
  ) => m[a] * m[d] - m[b] * m[c];
  return [
    ...[minor(4, 5, 7, 8), -minor(1, 2, 7, 8), minor(1, 2, 4, 5)],
    ...[-minor(3, 5, 6, 8), minor(0, 2, 6, 8), -minor(0, 2, 3, 5)],
    ...[minor(3, 4, 6, 7), -minor(0, 1, 6, 7), minor(0, 1, 3, 4)],
  ];
}
