import assert from "node:assert/strict";
import { test } from "node:test";
import { Composer } from "../../deformable_gan/exporting/web/page/compose.js";
import { fillHole } from "../../deformable_gan/exporting/web/page/fill_hole.js";
import { personArea } from "../../deformable_gan/exporting/web/page/person_area.js";
import { PersonCrop } from "../../deformable_gan/exporting/web/page/person_crop.js";
import { squareOf } from "../../deformable_gan/exporting/web/page/resample.js";
import { apart, bytes, floats, numbers, picture, skip } from "./numbers.js";

/** @param {any} one */
function cropOf({ top, left, height, width, output_size }) {
  return new PersonCrop(top, left, height, width, output_size);
}

test("crops have Pillow's pixels", { skip }, () => {
  for (const { image, crop, made } of numbers.crops) {
    assert.ok(apart(cropOf(crop).apply(picture(image)), made).largest <= 1);
  }
});

test("squares have TensorFlow's pixels", { skip }, () => {
  for (const { image, square, made } of numbers.squares) {
    const expected = bytes(made);
    const pixels = squareOf(picture(image), square, 192);
    const largest = pixels.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i])),
      0,
    );
    assert.ok(largest <= 1);
  }
});

test("people cover the same area, but for the outline", { skip }, () => {
  for (const { image, pose, area } of numbers.holes) {
    const expected = bytes(area);
    const made = personArea(pose, [image.height, image.width]).data;
    const different = made.reduce((sum, value, i) => sum + Math.abs(value - expected[i]), 0);
    const covered = expected.reduce((sum, value) => sum + value, 0);
    console.log(`area: ${different} of ${covered} pixels differ`);
    assert.ok(different < 0.04 * covered);
  }
});

test("holes are filled with the same pixels", { skip }, () => {
  for (const { image, area, filled } of numbers.holes) {
    const { mean, largest } = apart(fillHole(picture(image), bytes(area)), filled);
    console.log(`filled: differs by ${mean.toFixed(3)} on average, ${largest} at most`);
    assert.ok(mean < 0.05);
    assert.ok(largest <= 3);
  }
});

test("pictures are composed of the same pixels", { skip }, () => {
  for (const { photograph, background, crop, parts, made } of numbers.composing) {
    const composer = new Composer(picture(photograph), cropOf(crop), picture(background));
    const result = composer.compose({
      weights: floats(parts.weights),
      drawn: floats(parts.drawn),
      transforms: floats(parts.transforms),
    });
    const { mean, largest } = apart(result, made);
    console.log(`composed: differs by ${mean.toFixed(3)} on average, ${largest} at most`);
    assert.ok(mean < 0.2);
    assert.ok(largest <= 4);
  }
});
