import assert from "node:assert/strict";
import { test } from "node:test";
import {
  regionMasks,
  regionTransforms,
} from "../../deformable_gan/exporting/web/page/region_geometry.js";
import { bytes, numbers, skip } from "./numbers.js";

test("regions have the same transforms as in Python, for 1,000 random pairs", { skip }, () => {
  const { source, target, transforms } = numbers.regions;
  assert.equal(source.length, 1000);
  let largest = 0;
  let outside = 0;
  source.forEach((/** @type {any} */ pose, /** @type {number} */ i) => {
    const made = regionTransforms(pose, target[i]);
    made.forEach((transform, region) => {
      const expected = transforms[i][region];
      // A region without a transform is shifted by 10,000 pixels, out of the image.
      assert.equal(transform[2] === 10_000, expected[2] === 10_000, `pair ${i}, region ${region}`);
      outside += transform[2] === 10_000 ? 1 : 0;
      // At two corners of the image, coordinates differ by less than 1e-4 of their value (of 128
      // pixels if the value is smaller).
      for (const [y, x] of [
        [0, 0],
        [127, 71],
      ]) {
        for (const row of [0, 3]) {
          const at = (/** @type {number[]} */ one) =>
            one[row] * x + one[row + 1] * y + one[row + 2];
          const size = Math.max(128, Math.abs(at(expected)));
          largest = Math.max(largest, Math.abs(at(transform) - at(expected)) / size);
        }
      }
    });
  });
  console.log(`transforms differ by at most ${largest.toExponential(1)}; ${outside} outside`);
  assert.ok(largest < 1e-4);
  assert.ok(outside > 100 && outside < 5000);
});

test("regions have the same masks as in Python, for 1,000 random poses", { skip }, () => {
  const { half, size, masks } = numbers.regions;
  let different = 0;
  half.forEach((/** @type {any} */ pose, /** @type {number} */ i) => {
    const expected = bytes(masks[i]);
    const made = regionMasks(pose, size);
    const length = Math.ceil((size[0] * size[1]) / 8);
    made.forEach((mask, region) => {
      mask.forEach((value, pixel) => {
        const bit = (expected[region * length + (pixel >> 3)] >> (7 - (pixel & 7))) & 1;
        if (bit !== value) different += 1;
      });
    });
  });
  console.log(`${different} of ${half.length * 10 * size[0] * size[1]} pixels differ`);
  // float32 and float64 round pixels on an edge to different sides.
  assert.ok(different <= 20);
});
