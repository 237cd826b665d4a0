/** Averages of several estimates of a person's joints, as in `pose/averaged_looks.py`. */

import { JOINTS, mirrored } from "./skeleton.js";

/**
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./person_finder.js").Square} Square
 */

/** The number of estimates for a photograph. */
export const LOOKS = 8;

// Shifts of the square, in shares of its side, and factors of its size.
const SHIFTS = [
  [0, 0],
  [-0.03, -0.03],
  [0.03, 0.03],
  [-0.03, 0.03],
];
const FACTORS = [1, 1.06, 0.97, 1.03];

// The standard deviation of the Gaussian around the median, as a share of the square's side.
const REACH = 0.02;

/**
 * Return the squares for the estimates. Each square appears twice: the second time for an estimate
 * on its mirrored pixels.
 * @param {Square} square Around the person.
 * @returns {Square[]}
 */
export function squaresAround([top, left, side]) {
  return Array.from({ length: LOOKS }, (_, number) => {
    const [down, right] = SHIFTS[number >> 1];
    const factor = FACTORS[number >> 1];
    const middle = (side * (1 - factor)) / 2;
    return [
      top + roundEven(middle + side * down),
      left + roundEven(middle + side * right),
      roundEven(side * factor),
    ];
  });
}

/**
 * Return a square's pixels mirrored.
 * @param {Int32Array} pixels N x N x 3.
 * @param {number} size N.
 */
export function mirroredPixels(pixels, size) {
  const result = new Int32Array(pixels.length);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const x = pixel % size;
    const from = 3 * (pixel - x + size - 1 - x);
    result.set(pixels.subarray(from, from + 3), 3 * pixel);
  }
  return result;
}

/**
 * Return a pose found in a mirrored square as a pose in the square itself.
 * @param {Pose} pose
 * @param {Square} square
 * @returns {Pose}
 */
export function unmirrored(pose, [, left, side]) {
  // Mirrored within an image of this width, the square covers itself.
  return mirrored(pose, 2 * left + side);
}

/**
 * Return the mean of several estimates of one person's joints. The weight of an estimate at a joint
 * is its confidence times a Gaussian of its distance from the median of all estimates.
 * @param {Pose[]} looks
 * @param {number} side Of the square, in pixels.
 * @returns {Pose}
 */
export function averageLooks(looks, side) {
  return JOINTS.map((_, joint) => {
    const points = looks.map((look) => look[joint]);
    const middle = [0, 1].map((axis) => median(points.map((point) => point[axis])));
    const weights = points.map(([y, x, confidence]) => {
      const distance = Math.hypot(y - middle[0], x - middle[1]) / (REACH * side);
      return (confidence + 1e-3) * Math.exp(-(distance ** 2) / 2);
    });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const confidence = points.reduce((sum, point) => sum + point[2], 0) / points.length;
    // If the estimates form two distant groups, none may be near the median.
    if (total <= 1e-6) return [middle[0], middle[1], confidence];
    const place = [0, 1].map(
      (axis) => points.reduce((sum, point, i) => sum + weights[i] * point[axis], 0) / total,
    );
    return [place[0], place[1], confidence];
  });
}

/** @param {number[]} values */
function median(values) {
  const ordered = [...values].sort((one, other) => one - other);
  const count = ordered.length;
  return (ordered[(count - 1) >> 1] + ordered[count >> 1]) / 2;
}

/**
 * Round as TensorFlow does: halves to the even neighbour.
 * @param {number} value
 */
function roundEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
