import { JOINTS, mirrorJoint } from "./skeleton.js";

/**
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 */

/**
 * The distances from the top of the image and from the body's midline to the person's left, as
 * fractions of the image's height.
 * @type {Record<string, [number, number]>}
 */
const FIGURE = {
  nose: [0.13, 0],
  left_eye: [0.115, 0.015],
  left_ear: [0.12, 0.032],
  left_shoulder: [0.22, 0.085],
  left_elbow: [0.365, 0.115],
  left_wrist: [0.495, 0.13],
  left_hip: [0.51, 0.055],
  left_knee: [0.71, 0.065],
  left_ankle: [0.905, 0.07],
};

/**
 * Return the pose of a person who stands and faces the camera with hanging arms.
 * @param {Size} size The size of the image.
 * @returns {Pose}
 */
export function standingPose([height, width]) {
  return JOINTS.map((joint) => {
    const side = joint.startsWith("right_") ? -1 : 1;
    const [y, x] = FIGURE[side < 0 ? mirrorJoint(joint) : joint];
    const aside = Math.min(x * height, 0.45 * width);
    return [y * height - 0.5, (width - 1) / 2 + side * aside, 1];
  });
}
