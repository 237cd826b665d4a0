import { boxOfPose, boxWithin, extentOfPose, quantile, usualExtent } from "./body_box.js";
import { PersonCrop } from "./person_crop.js";
import { indexOf, keepSeen } from "./skeleton.js";

/**
 * Making room for poses in a photograph and in crops around the person.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {import("./body_box.js").Box} Box
 */

// Constants of `reposing/retargeting/room.py` and `pose/clip_crops.py`.
const LARGEST_CROP = 1.6;
const SPARE = 1.05;
const SMALLEST_FIXED_SHARE = 0.6;
const SMOOTHING_SECONDS = 0.5;

/**
 * Move all poses sideways by the same distance, so that their joints lie in an image. Poses that
 * are wider than the image are centred, so that they extend equally far beyond both sides.
 * @param {Pose[]} poses In pixels of the image.
 * @param {number} width The width of the image.
 * @returns {Pose[]}
 */
export function moveInside(poses, width) {
  const boxes = poses.map(extentOfPose).filter((box) => box !== null);
  if (!boxes.length) return poses;
  const extent = usualExtent(boxes);
  const left = extent.left + 0.5;
  const right = width - 0.5 - extent.right;
  const inside = Math.min(right, 0) - Math.min(left, 0);
  const shift = left + right >= 0 ? inside : (right - left) / 2;
  return poses.map((pose) =>
    pose.map(([y, x, confidence]) => (confidence > 0 ? [y, x + shift, confidence] : [0, 0, 0])),
  );
}

/**
 * Return a crop that contains a given crop and has room for poses, at most 1.6 times as large as
 * the given crop and fitted into the photograph; or the given crop if it has enough room.
 * @param {PersonCrop} crop
 * @param {Pose[]} poses In pixels of the photograph.
 * @param {Size} size The size of the photograph.
 * @returns {PersonCrop}
 */
export function withRoom(crop, poses, size) {
  const boxes = poses.map(boxOfPose).filter((box) => box !== null);
  if (!boxes.length) return crop;
  const extent = usualExtent(boxes);
  const up = ((LARGEST_CROP - 1) / 2) * crop.height;
  const aside = ((LARGEST_CROP - 1) / 2) * crop.width;
  const [bottom, right] = [crop.top + crop.height, crop.left + crop.width];
  const wanted = {
    top: Math.min(crop.top, Math.max(extent.top, crop.top - up)),
    left: Math.min(crop.left, Math.max(extent.left, crop.left - aside)),
    bottom: Math.max(bottom, Math.min(extent.bottom, bottom + up)),
    right: Math.max(right, Math.min(extent.right, right + aside)),
  };
  const wider = PersonCrop.around(wanted, crop.outputSize);
  return wider.height <= SPARE * crop.height ? crop : wider.fitted(size);
}

/**
 * Return a pose with both arms stretched upwards and one with both arms stretched sideways: the
 * largest poses to expect in front of a camera.
 * @param {Pose} pose
 * @returns {Pose[]}
 */
export function stretchedPoses(pose) {
  return ["up", "aside"].map((direction) => {
    const stretched = pose.map((point) => /** @type {typeof point} */ ([...point]));
    for (const side of ["left", "right"]) {
      const [shoulder, elbow, wrist] = ["shoulder", "elbow", "wrist"].map(
        (joint) => pose[indexOf(`${side}_${joint}`)],
      );
      if (Math.min(shoulder[2], elbow[2], wrist[2]) <= 0) continue;
      const reach =
        Math.hypot(elbow[0] - shoulder[0], elbow[1] - shoulder[1]) +
        Math.hypot(wrist[0] - elbow[0], wrist[1] - elbow[1]);
      const middle = pose[indexOf("nose")][2] > 0 ? pose[indexOf("nose")][1] : shoulder[1];
      const outwards = Math.sign(shoulder[1] - middle) || (side === "left" ? 1 : -1);
      stretched[indexOf(`${side}_wrist`)] =
        direction === "up"
          ? [shoulder[0] - reach, shoulder[1], 1]
          : [shoulder[0], shoulder[1] + outwards * reach, 1];
    }
    return stretched;
  });
}

/**
 * Convert poses from images of one size to crops of the network's size around the person.
 *
 * All poses share one crop if the person is large enough in it; otherwise crops follow the person.
 * @param {Pose[]} poses
 * @param {number[]} times In seconds, increasing.
 * @param {Size} size The size of the images.
 * @param {Size} outputSize The size of the crops.
 * @returns {Pose[]}
 */
export function placed(poses, times, size, outputSize) {
  const boxes = poses.map((pose) => boxWithin(/** @type {Box} */ (boxOfPose(pose)), size));
  const fixed = PersonCrop.around(usualExtent(boxes), outputSize);
  const heights = boxes.map((box) => box.bottom - box.top);
  const crops =
    quantile(heights, 0.5) / fixed.height >= SMALLEST_FIXED_SHARE
      ? poses.map(() => fixed)
      : following(boxes, times, outputSize);
  return poses.map((pose, i) => {
    const crop = crops[i].fitted(size);
    const seen = pose.map((point) => point[2] > 0);
    const inside = crop.toCrop(pose).map((point, j) => (seen[j] ? point : [0, 0, 0]));
    return keepSeen(/** @type {Pose} */ (inside), outputSize, 0);
  });
}

/**
 * @param {Box[]} boxes
 * @param {number[]} times
 * @param {Size} outputSize
 * @returns {PersonCrop[]}
 */
function following(boxes, times, outputSize) {
  const nearness = times.map((time) =>
    times.map((other) => Math.exp(-(((time - other) / SMOOTHING_SECONDS) ** 2) / 2)),
  );
  const smooth = (/** @type {number[]} */ values) =>
    nearness.map((weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.reduce((sum, weight, i) => sum + weight * values[i], 0) / total;
    });
  const rows = smooth(boxes.map((box) => (box.top + box.bottom) / 2));
  const columns = smooth(boxes.map((box) => (box.left + box.right) / 2));
  const [height, width] = outputSize;
  const needed = boxes.map(
    (box, i) =>
      2 *
      Math.max(
        ...[box.top, box.bottom].map((edge) => Math.abs(edge - rows[i]) / height),
        ...[box.left, box.right].map((edge) => Math.abs(edge - columns[i]) / width),
      ),
  );
  // The largest size of nearby frames, so that the size hardly changes from frame to frame.
  const largest = smooth(
    times.map((time) =>
      Math.max(...needed.filter((_, i) => Math.abs(times[i] - time) / SMOOTHING_SECONDS <= 2)),
    ),
  );
  return largest.map((length, i) => {
    const scale = Math.max(length, needed[i]);
    return new PersonCrop(
      rows[i] - (scale * height) / 2,
      columns[i] - (scale * width) / 2,
      scale * height,
      scale * width,
      outputSize,
    );
  });
}
