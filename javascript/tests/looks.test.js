import assert from "node:assert/strict";
import { test } from "node:test";
import {
  averageLooks,
  mirroredPixels,
  squaresAround,
  unmirrored,
} from "../../deformable_gan/exporting/web/page/averaged_looks.js";
import { largestDifference, numbers, skip } from "./numbers.js";

test("the squares of the looks and the mean of their joints are as in Python", { skip }, () => {
  for (const { square, squares, looks, mean, mirrored, own } of numbers.looks) {
    assert.deepEqual(squaresAround(square), squares);
    assert.ok(largestDifference(averageLooks(looks, square[2]), mean) < 1e-3);
    assert.ok(largestDifference(unmirrored(mirrored, square), own) < 1e-3);
  }
});

test("pixels are mirrored by rows", () => {
  // 2 x 2 pixels of three numbers: 0, 1 above 2, 3.
  const pixels = Int32Array.from([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  assert.deepEqual([...mirroredPixels(pixels, 2)], [1, 1, 1, 0, 0, 0, 3, 3, 3, 2, 2, 2]);
});
