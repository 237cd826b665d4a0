import assert from "node:assert/strict";
import { test } from "node:test";
import { Composer } from "../../deformable_gan/exporting/web/page/compose.js";
import { fillHole } from "../../deformable_gan/exporting/web/page/fill_hole.js";
import { personArea, personCore } from "../../deformable_gan/exporting/web/page/person_area.js";
import { PersonCrop } from "../../deformable_gan/exporting/web/page/person_crop.js";
import { personOutline } from "../../deformable_gan/exporting/web/page/person_outline.js";
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

/**
 * Return the intersection of two areas divided by their union, in pixels.
 * @param {{data: Uint8Array}} made
 * @param {string} expected The second area, in Base64.
 */
function overlap(made, expected) {
  let [both, either] = [0, 0];
  bytes(expected).forEach((value, i) => {
    both += value & made.data[i];
    either += value | made.data[i];
  });
  return both / either;
}

test("the area that a person may cover is the same as in Python", { skip }, () => {
  for (const { image, pose, area, core } of numbers.holes) {
    const size = /** @type {[number, number]} */ ([image.height, image.width]);
    assert.ok(overlap(personArea(pose, size), area) > 0.999);
    assert.ok(overlap(personCore(pose, size).core, core) > 0.999);
  }
});

test("a person's outline is the same as in Python", { skip }, () => {
  for (const { image, pose, outline } of numbers.holes) {
    const share = overlap(personOutline(picture(image), pose), outline);
    console.log(`outline: ${share.toFixed(5)} in common`);
    // The images are shrunk by a fractional factor, and some pixels are rounded differently.
    assert.ok(share > 0.99);
  }
});

test("holes are filled with the same pixels as in Python", { skip }, () => {
  for (const { image, area, filled } of numbers.holes) {
    const { mean, largest } = apart(fillHole(picture(image), bytes(area)), filled);
    console.log(`filled: differs by ${mean.toFixed(3)} on average, ${largest} at most`);
    assert.ok(mean < 0.05);
    assert.ok(largest <= 3);
  }
});

test("composed images have the same pixels as in Python", { skip }, () => {
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
