import { resample } from "./resample.js";

/**
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {import("./body_box.js").Box} Box
 * @typedef {import("./resample.js").Picture} Picture
 */

const LEAST_FITTED_SHARE = 0.9;

/**
 * A rectangle of an image and the size it is resampled to.
 *
 * The rectangle's edges are real numbers in pixels of the image, pixel centres at whole numbers:
 * the whole of an H x W image is top -0.5, left -0.5, height H, width W.
 */
export class PersonCrop {
  /**
   * @param {number} top
   * @param {number} left
   * @param {number} height
   * @param {number} width
   * @param {Size} outputSize
   */
  constructor(top, left, height, width, outputSize) {
    this.top = top;
    this.left = left;
    this.height = height;
    this.width = width;
    this.outputSize = outputSize;
  }

  /**
   * Return the smallest crop of the output's shape around a body, with the body in its middle.
   * @param {Box} box
   * @param {Size} outputSize
   */
  static around(box, outputSize) {
    const tall = box.bottom - box.top;
    const wide = box.right - box.left;
    const scale = Math.max(tall / outputSize[0], wide / outputSize[1]);
    const [height, width] = outputSize.map((length) => scale * length);
    const [y, x] = [(box.top + box.bottom) / 2, (box.left + box.right) / 2];
    return new PersonCrop(y - height / 2, x - width / 2, height, width, outputSize);
  }

  /**
   * Return the whole of an image, unchanged.
   * @param {Size} size
   */
  static whole(size) {
    return new PersonCrop(-0.5, -0.5, size[0], size[1], size);
  }

  /**
   * Return the crop moved into an image and, where it is too large, shrunk by a tenth at most.
   * @param {Size} size Of the image.
   */
  fitted(size) {
    const fits = Math.min(size[0] / this.height, size[1] / this.width);
    const share = Math.min(1, Math.max(fits, LEAST_FITTED_SHARE));
    const [height, width] = [this.height * share, this.width * share];
    const top = movedInside(this.top + (this.height - height) / 2, height, size[0]);
    const left = movedInside(this.left + (this.width - width) / 2, width, size[1]);
    return new PersonCrop(top, left, height, width, this.outputSize);
  }

  /**
   * Cut the rectangle out of an image and resample it.
   * @param {Picture} image
   * @returns {Picture}
   */
  apply(image) {
    return resample(image, this);
  }

  /**
   * Convert joints from pixels of the image to pixels of the crop.
   * @param {Pose} pose
   * @returns {Pose}
   */
  toCrop(pose) {
    const [down, across] = this.scale();
    return pose.map(([y, x, confidence]) => [
      (y - this.top) / down - 0.5,
      (x - this.left) / across - 0.5,
      confidence,
    ]);
  }

  /**
   * Convert joints from pixels of the crop to pixels of the image.
   * @param {Pose} pose
   * @returns {Pose}
   */
  fromCrop(pose) {
    const [down, across] = this.scale();
    return pose.map(([y, x, confidence]) => [
      (y + 0.5) * down + this.top,
      (x + 0.5) * across + this.left,
      confidence,
    ]);
  }

  /** @returns {[number, number]} Pixels of the image in a pixel of the crop: (y, x). */
  scale() {
    return [this.height / this.outputSize[0], this.width / this.outputSize[1]];
  }

  /**
   * Return the same part of the image after the image was resized.
   * @param {number} down The factor of its height.
   * @param {number} across The factor of its width.
   */
  resized(down, across) {
    return new PersonCrop(
      (this.top + 0.5) * down - 0.5,
      (this.left + 0.5) * across - 0.5,
      this.height * down,
      this.width * across,
      this.outputSize,
    );
  }
}

/**
 * @param {number} start
 * @param {number} length
 * @param {number} size
 */
function movedInside(start, length, size) {
  const ends = [-0.5, size - 0.5 - length];
  return Math.min(Math.max(start, Math.min(...ends)), Math.max(...ends));
}
