import { averageLooks, mirroredPixels, squaresAround, unmirrored } from "./averaged_looks.js";
import { boxOfPose, boxWithin, mean } from "./body_box.js";
import { squareOf } from "./resample.js";
import { indexOf, JOINTS, keepSeen, REQUIRED, SEEN, whyUnusable } from "./skeleton.js";
import { VisitorError } from "./visitor_error.js";

/**
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {[number, number, number]} Square (top, left, side) in pixels.
 * @typedef {(pixels: Int32Array) => Promise<ArrayLike<number>>} Network
 *   MoveNet: N x N x 3 pixels in, 17 x (y, x, confidence) out, as fractions of the square.
 * @typedef {{pose: Pose, square: Square}} Look The joints, and the square to look at next.
 */

// Constants of `pose/movenet.py` (MoveNet's published rule for the square) and `pose/tracking.py`.
const CERTAIN = 0.2;
const TORSO_REACH = 1.9;
const BODY_REACH = 1.2;
const MOVED = 0.15;
const RESIZED = 4 / 3;
const DOUBTFUL = 0.4;
const NEARLY_LOST = 0.4;
// Another person counts if they are at least half as tall as the person found.
const LEAST_SHARE = 0.5;
// A person smaller than this, in pixels, shows no face, no hands and no folds of the clothes.
const SMALLEST_BODY = 32;
const TORSO = REQUIRED.map(indexOf);
const BODY = [
  ...TORSO,
  ...["nose", "left_knee", "right_knee", "left_ankle", "right_ankle"].map(indexOf),
];

/** Finds the joints of one person, in a photograph or from frame to frame. */
export class PersonFinder {
  /**
   * @param {Network} network
   * @param {number} inputSize The side of its square input, in pixels.
   */
  constructor(network, inputSize) {
    this.network = network;
    this.inputSize = inputSize;
    /** @type {Square | null} */
    this.square = null;
  }

  /**
   * Estimate the joints of the person in a photograph: look at the whole photograph, then several
   * times at the square around the person. The joints are returned even if nobody is seen.
   * @param {Picture} picture
   * @returns {Promise<Pose>}
   */
  async find(picture) {
    let found = await this.look(picture, wholeSquare(picture));
    if (!personSeen(found.pose)) return found.pose;
    if (found.square[2] < Math.max(picture.width, picture.height)) {
      const second = await this.look(picture, found.square);
      if (torso(second.pose) >= torso(found.pose)) found = second;
      if (!personSeen(found.pose)) return found.pose;
    }
    return this.lookAround(picture, found.square);
  }

  /**
   * Look several times at the square around a person, and average the joints.
   * @param {Picture} picture
   * @param {Square} square The square around the person.
   */
  async lookAround(picture, square) {
    const poses = [];
    for (const [number, around] of squaresAround(square).entries()) {
      poses.push(
        number % 2
          ? unmirrored((await this.look(picture, around, true)).pose, around)
          : (await this.look(picture, around)).pose,
      );
    }
    return averageLooks(poses, square[2]);
  }

  /**
   * Return whether another person is in view who is at least half as tall as the person found.
   * @param {Picture} picture
   * @param {Pose} pose The joints of the person found; missing joints are zero.
   */
  async findsAnother(picture, pose) {
    const size = /** @type {[number, number]} */ ([picture.height, picture.width]);
    const whole = boxOfPose(pose);
    if (!whole) return false;
    const box = boxWithin(whole, size);
    const painted = { ...picture, data: picture.data.slice() };
    paint(painted, box);
    const other = keepSeen(await this.find(painted), size, SEEN);
    if (whyUnusable(other)) return false;
    const theirs = boxWithin(/** @type {any} */ (boxOfPose(other)), size);
    return theirs.bottom - theirs.top >= LEAST_SHARE * (box.bottom - box.top);
  }

  /**
   * Find the person in a photograph, and determine whether another person is in view.
   * @param {Picture} photograph
   * @returns {Promise<{joints: Pose, others: boolean}>} The joints in pixels of the photograph.
   * @throws {VisitorError} No person with visible shoulders and hips is found, or the person spans
   *   less than 32 pixels.
   */
  async findPerson(photograph) {
    const size = /** @type {[number, number]} */ ([photograph.height, photograph.width]);
    const joints = keepSeen(await this.find(photograph), size, SEEN);
    const reason = whyUnusable(joints);
    if (reason) {
      throw new VisitorError(
        `In this photograph ${reason}. Choose a photograph of a single person with both ` +
          "shoulders and both hips in view.",
      );
    }
    const box = boxWithin(/** @type {any} */ (boxOfPose(joints)), size);
    const tallest = Math.max(box.bottom - box.top, box.right - box.left);
    if (tallest < SMALLEST_BODY) {
      throw new VisitorError(
        `The person spans only ${tallest.toFixed(0)} pixels. Choose a photograph in which the ` +
          "person spans at least 32 pixels.",
      );
    }
    return { joints, others: await this.findsAnother(photograph, joints) };
  }

  /** Forget the person who was followed. */
  forget() {
    this.square = null;
  }

  /**
   * Return the joints in the next frame of a clip. Only the square around the person is analysed as
   * long as the person is clearly seen in it; otherwise, the whole frame is searched.
   * @param {Picture} picture
   * @returns {Promise<Pose>}
   */
  async follow(picture) {
    const square = this.square;
    const look = square ? await this.lookNear(picture, square) : await this.search(picture);
    this.square = personSeen(look.pose) ? look.square : null;
    return look.pose;
  }

  /**
   * @param {Picture} picture
   * @param {Square} square
   */
  async lookNear(picture, square) {
    let look = await this.look(picture, square);
    if (
      personSeen(look.pose) &&
      (hasMoved(square, look.square) || certainty(look.pose) < DOUBTFUL)
    ) {
      const again = await this.look(picture, look.square);
      if (personSeen(again.pose) && certainty(again.pose) >= certainty(look.pose)) look = again;
    }
    if (!personSeen(look.pose) || torso(look.pose) < NEARLY_LOST) {
      const found = await this.search(picture);
      if (!personSeen(look.pose) || torso(found.pose) > torso(look.pose)) look = found;
    }
    return look;
  }

  /** @param {Picture} picture */
  async search(picture) {
    const first = await this.look(picture, wholeSquare(picture));
    if (!personSeen(first.pose)) return first;
    const second = await this.look(picture, first.square);
    return torso(second.pose) >= torso(first.pose) ? second : first;
  }

  /**
   * Estimate the joints in a square, which may reach beyond the image.
   * @param {Picture} picture
   * @param {Square} square
   * @param {boolean} inMirror Whether to mirror the square. The joints are then those of the
   *   mirror image.
   * @returns {Promise<Look>}
   */
  async look(picture, square, inMirror = false) {
    const [top, left, side] = square;
    const pixels = squareOf(picture, square, this.inputSize);
    const answer = await this.network(inMirror ? mirroredPixels(pixels, this.inputSize) : pixels);
    /** @type {Pose} */
    const pose = JOINTS.map((_, joint) => [
      top + answer[3 * joint] * side - 0.5,
      left + answer[3 * joint + 1] * side - 0.5,
      answer[3 * joint + 2],
    ]);
    return { pose, square: personSquare(pose) };
  }
}

/**
 * @param {Picture} picture
 * @returns {Square}
 */
function wholeSquare({ width, height }) {
  const side = Math.max(width, height);
  return [-Math.floor((side - height) / 2), -Math.floor((side - width) / 2), side];
}

/**
 * Return the square around a person, centred between the hips.
 * @param {Pose} pose
 * @returns {Square}
 */
function personSquare(pose) {
  const [left, right] = ["left_hip", "right_hip"].map((joint) => pose[indexOf(joint)]);
  const centre = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
  const distances = pose.map(([y, x]) =>
    Math.max(Math.abs(y - centre[0]), Math.abs(x - centre[1])),
  );
  const ofTorso = Math.max(...TORSO.map((joint) => distances[joint]));
  const ofBody = Math.max(0, ...distances.filter((_, joint) => pose[joint][2] > CERTAIN));
  const half = Math.max(TORSO_REACH * ofTorso, BODY_REACH * ofBody);
  const [top, start] = centre.map((place) => Math.round(place + 0.5 - half));
  return [top, start, Math.max(Math.round(2 * half), 2)];
}

/**
 * Return whether a person is present, that is, a shoulder and a hip are seen.
 * @param {Pose} pose
 */
export function personSeen(pose) {
  const seen = TORSO.map((joint) => pose[joint][2] > CERTAIN);
  return (seen[0] || seen[1]) && (seen[2] || seen[3]);
}

/** @param {Pose} pose */
function torso(pose) {
  return mean(TORSO.map((joint) => pose[joint][2]));
}

/** @param {Pose} pose */
function certainty(pose) {
  return Math.min(...BODY.map((joint) => pose[joint][2]));
}

/**
 * @param {Square} before
 * @param {Square} after
 */
function hasMoved(before, after) {
  const farthest = Math.max(
    ...[0, 1].map((axis) => Math.abs(before[axis] + before[2] / 2 - after[axis] - after[2] / 2)),
  );
  const ratio = after[2] / before[2];
  return farthest > MOVED * before[2] || ratio <= 1 / RESIZED || ratio >= RESIZED;
}

/**
 * Fill a box with the image's mean colour.
 * @param {Picture} picture
 * @param {import("./body_box.js").Box} box
 */
function paint(picture, box) {
  const { width, data } = picture;
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    for (let channel = 0; channel < 3; channel++) sums[channel] += data[i + channel];
  }
  const colour = sums.map((sum) => Math.floor((4 * sum) / data.length));
  const last = Math.min(Math.trunc(box.bottom + 1.5), picture.height);
  const end = Math.min(Math.trunc(box.right + 1.5), width);
  for (let y = Math.trunc(box.top + 0.5); y < last; y++) {
    for (let x = Math.trunc(box.left + 0.5); x < end; x++) {
      for (let channel = 0; channel < 3; channel++) {
        data[4 * (y * width + x) + channel] = colour[channel];
      }
    }
  }
}
