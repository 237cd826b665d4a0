/**
 * The 17 joints of COCO, which MoveNet finds, and the bones between them.
 *
 * Key points are arrays of [y, x, confidence] in pixels, pixel centres at whole numbers. A joint
 * whose confidence is not positive is missing; its coordinates are meaningless.
 *
 * @typedef {[number, number, number]} KeyPoint
 * @typedef {KeyPoint[]} Pose One key point for each joint, in the order of `JOINTS`.
 * @typedef {[number, number]} Size (height, width) in pixels.
 */

export const JOINTS = [
  "nose",
  "left_eye",
  "right_eye",
  "left_ear",
  "right_ear",
  "left_shoulder",
  "right_shoulder",
  "left_elbow",
  "right_elbow",
  "left_wrist",
  "right_wrist",
  "left_hip",
  "right_hip",
  "left_knee",
  "right_knee",
  "left_ankle",
  "right_ankle",
];

/** @type {[string, string][]} */
export const BONES = [
  ["left_ear", "left_eye"],
  ["left_eye", "nose"],
  ["nose", "right_eye"],
  ["right_eye", "right_ear"],
  ["left_shoulder", "right_shoulder"],
  ["left_shoulder", "left_elbow"],
  ["left_elbow", "left_wrist"],
  ["right_shoulder", "right_elbow"],
  ["right_elbow", "right_wrist"],
  ["left_shoulder", "left_hip"],
  ["right_shoulder", "right_hip"],
  ["left_hip", "right_hip"],
  ["left_hip", "left_knee"],
  ["left_knee", "left_ankle"],
  ["right_hip", "right_knee"],
  ["right_knee", "right_ankle"],
];

/** Joints without which a pose cannot be used. */
export const REQUIRED = ["left_shoulder", "right_shoulder", "left_hip", "right_hip"];

/** An estimated joint counts as seen if its confidence is above this. */
export const SEEN = 0.3;

/**
 * Return a joint's index in `JOINTS`.
 * @param {string} joint
 */
export function indexOf(joint) {
  return JOINTS.indexOf(joint);
}

/**
 * Return the joint on the other side of the body, or the joint itself.
 * @param {string} joint
 */
export function mirrorJoint(joint) {
  if (joint.startsWith("left_")) return joint.replace("left_", "right_");
  return joint.replace("right_", "left_");
}

/**
 * Mark joints as missing if the estimator is not sure of them or places them outside the image.
 * @param {Pose} pose
 * @param {Size} size The size of the image.
 * @param {number} threshold Joints whose confidence is not above it become missing.
 * @returns {Pose}
 */
export function keepSeen(pose, [height, width], threshold) {
  return pose.map(([y, x, confidence]) => {
    const inside = y >= -0.5 && y < height - 0.5 && x >= -0.5 && x < width - 0.5;
    return inside && confidence > threshold ? [y, x, confidence] : [0, 0, 0];
  });
}

/**
 * Return why a pose is not usable, or null if it is usable.
 * @param {Pose} pose
 * @returns {string | null}
 */
export function whyUnusable(pose) {
  const seen = REQUIRED.map((joint) => pose[indexOf(joint)][2] > 0);
  if (seen.every(Boolean)) return null;
  if (!seen.some(Boolean)) return "no person was found";
  const shoulders = seen[0] && seen[1];
  const hips = seen[2] && seen[3];
  if (shoulders) return "a hip is not seen";
  return hips ? "a shoulder is not seen" : "a shoulder and a hip are not seen";
}

/**
 * Return the pose of a person's mirror image, in which left and right are exchanged.
 * @param {Pose} pose
 * @param {number} width The width of the image, in pixels.
 * @returns {Pose}
 */
export function mirrored(pose, width) {
  return JOINTS.map((joint) => {
    const [y, x, confidence] = pose[indexOf(mirrorJoint(joint))];
    return confidence > 0 ? [y, width - 1 - x, confidence] : [0, 0, 0];
  });
}

/**
 * Return key points in the layout of a network, which may have a neck between the shoulders.
 * @param {Pose} pose
 * @param {string[]} joints The network's joints in their order.
 * @returns {KeyPoint[]}
 */
export function inLayout(pose, joints) {
  return joints.map((joint) => {
    if (joint !== "neck") return pose[indexOf(joint)];
    const left = pose[indexOf("left_shoulder")];
    const right = pose[indexOf("right_shoulder")];
    const confidence = Math.min(left[2], right[2]);
    if (confidence <= 0) return [0, 0, 0];
    return [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2, confidence];
  });
}
