import { indexOf } from "./skeleton.js";

/**
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {{top: number, left: number, bottom: number, right: number}} Box
 *   An upright rectangle in image pixels, pixel centres at whole numbers.
 */

// As in `pose/body_box.py`: heads, hands and feet reach this many torso lengths beyond the joints.
const MARGIN_IN_TORSOS = 0.4;
// The least length of a torso, as a share of the longer side of the joints' box.
const LEAST_TORSO_IN_BOX = 0.25;
const TORSO_SIDES = [
  ["left_shoulder", "left_hip"],
  ["right_shoulder", "right_hip"],
];
const FARTHEST_SHARE = 1 / 40;

/**
 * Return the box of the joints that are present, with a margin for head, hands and feet.
 * @param {Pose} pose
 * @returns {Box | null} null for fewer than two joints.
 */
export function boxOfPose(pose) {
  const extent = extentOfPose(pose);
  if (!extent || pose.filter((point) => point[2] > 0).length < 2) return null;
  const squares = TORSO_SIDES.map((side) => side.map((joint) => pose[indexOf(joint)]))
    .filter((side) => side.every((point) => point[2] > 0))
    .map(([a, b]) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2);
  const torso = squares.length ? Math.sqrt(mean(squares)) : 0;
  const longer = Math.max(extent.bottom - extent.top, extent.right - extent.left);
  const margin = MARGIN_IN_TORSOS * Math.max(torso, LEAST_TORSO_IN_BOX * longer, 1);
  return {
    top: extent.top - margin,
    left: extent.left - margin,
    bottom: extent.bottom + margin,
    right: extent.right + margin,
  };
}

/**
 * Return the box of the joints that are present, without a margin.
 * @param {Pose} pose
 * @returns {Box | null} null without any joint.
 */
export function extentOfPose(pose) {
  const seen = pose.filter((point) => point[2] > 0);
  if (!seen.length) return null;
  const rows = seen.map((point) => point[0]);
  const columns = seen.map((point) => point[1]);
  return {
    top: Math.min(...rows),
    left: Math.min(...columns),
    bottom: Math.max(...rows),
    right: Math.max(...columns),
  };
}

/**
 * Return the part of a box that lies in an image.
 * @param {Box} box
 * @param {Size} size
 * @returns {Box}
 */
export function boxWithin(box, [height, width]) {
  return {
    top: Math.max(box.top, -0.5),
    left: Math.max(box.left, -0.5),
    bottom: Math.min(box.bottom, height - 0.5),
    right: Math.min(box.right, width - 0.5),
  };
}

/**
 * Return the box around the boxes of a clip. On each side, the one box in forty that reaches
 * farthest is left out.
 * @param {Box[]} boxes
 * @returns {Box}
 */
export function usualExtent(boxes) {
  const of = (/** @type {keyof Box} */ edge, /** @type {number} */ share) =>
    quantile(
      boxes.map((box) => box[edge]),
      share,
    );
  return {
    top: of("top", FARTHEST_SHARE),
    left: of("left", FARTHEST_SHARE),
    bottom: of("bottom", 1 - FARTHEST_SHARE),
    right: of("right", 1 - FARTHEST_SHARE),
  };
}

/**
 * Return a quantile, interpolated linearly between the values.
 * @param {number[]} values At least one.
 * @param {number} share From 0 to 1.
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

/**
 * Return the mean.
 * @param {number[]} values At least one.
 */
export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
