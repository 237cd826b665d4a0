/**
 * Values computed by the Python package, which `tests/exporting/web/test_javascript.py` writes
 * before it runs these tests.
 */

import { readFileSync } from "node:fs";

const path = process.env.DEFORMABLE_GAN_NUMBERS;

/** @type {any} The values; null if `DEFORMABLE_GAN_NUMBERS` names no file. */
export const numbers = path ? JSON.parse(readFileSync(path, "utf-8")) : null;

/** The reason why tests are skipped, for the runner's option `skip`; false if they run. */
export const skip = numbers
  ? false
  : "DEFORMABLE_GAN_NUMBERS names no file: run pytest tests/exporting/web/test_javascript.py";

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
export function bytes(text) {
  return Uint8Array.from(Buffer.from(text, "base64"));
}

/**
 * @param {string} text
 * @returns {Float32Array}
 */
export function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

/**
 * @param {{height: number, width: number, rgb: string}} image
 * @returns {import("../../deformable_gan/exporting/web/page/resample.js").Picture}
 */
export function picture({ height, width, rgb }) {
  const data = new Uint8ClampedArray(4 * height * width).fill(255);
  bytes(rgb).forEach((value, i) => {
    data[4 * Math.floor(i / 3) + (i % 3)] = value;
  });
  return { height, width, data };
}

/**
 * Return the mean and the largest difference between an image and RGB bytes.
 * @param {{data: Uint8ClampedArray}} made
 * @param {string} expected The bytes, in Base64.
 */
export function apart(made, expected) {
  const wanted = bytes(expected);
  let [sum, largest] = [0, 0];
  wanted.forEach((value, i) => {
    const difference = Math.abs(value - made.data[4 * Math.floor(i / 3) + (i % 3)]);
    sum += difference;
    largest = Math.max(largest, difference);
  });
  return { mean: sum / wanted.length, largest };
}

/**
 * Return the largest difference between nested arrays of the same shape.
 * @param {any} first
 * @param {any} second
 * @returns {number}
 */
export function largestDifference(first, second) {
  if (!Array.isArray(first)) return Math.abs(first - second);
  if (first.length !== second.length) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...first.map((one, i) => largestDifference(one, second[i])));
}
