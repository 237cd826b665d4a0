import { extentOfPose } from "./body_box.js";
import { drawHull, drawLine, emptyArea } from "./drawing.js";
import { indexOf } from "./skeleton.js";

/**
 * The parts of an image that a person may cover and certainly covers, computed from the joints; see
 * `backgrounds/person_area.py`.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {import("./drawing.js").Place} Place
 * @typedef {import("./drawing.js").Area} Area
 */

// Reaches are in torso sizes (shoulders to hips, about half a metre), HAND is in lengths of the
// forearm, LEAST_TORSO_IN_BODY a share of the body's extent; the others are in pixels.
const LIMB_REACH = 0.3;
const HEAD_REACH = 0.62;
const HAND = 0.5;
const FOOT_REACH = 0.42;
const TRUNK_REACH = 0.28;
const LEAST_TORSO_IN_BODY = 0.25;
const DRAWN_SIZE = 360;
const THICKEST = 2000;
// OpenCV's interpolation weights are multiples of 1/2048.
const INTERPOLATION = 2048;
// The area that certainly shows the person. It extends past the wrist by `beyond` lengths of the
// forearm, and past the ankle by `beyond` lengths of the calf.
const CORE_LIMBS = [
  { reach: 0.05, beyond: 0.3 },
  { reach: 0.06, beyond: 0.25 },
];
const CORE_HEAD_REACH = 0.17;
const CORE_CROWN = 0.12;
const CIRCLE = Array.from({ length: 16 }, (_, i) => (i * Math.PI) / 8).map((angle) => [
  Math.sin(angle),
  Math.cos(angle),
]);
const SIDES = ["left", "right"];
const HEAD = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"];
const LIMBS = [
  ["shoulder", "elbow", "wrist"],
  ["hip", "knee", "ankle"],
];

/**
 * Return where a person may be seen, with room for hair, clothes, hands and shoes.
 * @param {Pose} pose In pixels of the image.
 * @param {Size} size Of the image.
 * @returns {Area}
 */
export function personArea(pose, [height, width]) {
  const scale = Math.min(1, DRAWN_SIZE / Math.max(height, width));
  const area = emptyArea(
    Math.max(1, Math.round(height * scale)),
    Math.max(1, Math.round(width * scale)),
  );
  const [down, across] = [area.height / height, area.width / width];
  const drawn = pose.map(
    ([y, x, confidence]) =>
      /** @type {[number, number, number]} */ ([
        (y + 0.5) * down - 0.5,
        (x + 0.5) * across - 0.5,
        confidence,
      ]),
  );
  draw(area, drawn);
  return scale < 1 ? enlarged(area, height, width) : area;
}

/**
 * Return where a person is certainly seen (the middle lines of the limbs, the trunk and the head),
 * and the size of the torso in pixels.
 * @param {Pose} pose In pixels of the image.
 * @param {Size} size Of the image.
 * @returns {{core: Area, unit: number}}
 */
export function personCore(pose, [height, width]) {
  const core = emptyArea(height, width);
  const at = placesOf(pose);
  const unit = torsoSize(pose);
  for (const side of SIDES) {
    LIMBS.forEach((limb, i) => {
      const { reach, beyond } = CORE_LIMBS[i];
      const [root, middle, end] = limb.map((joint) => at(`${side}_${joint}`));
      if (root && middle) stroke(core, root, middle, reach * unit);
      if (middle && end) stroke(core, middle, along(middle, end, 1 + beyond), reach * unit);
    });
  }
  const head = present(HEAD.map(at));
  const shoulders = ofBothSides(at, ["shoulder"]);
  if (head.length) {
    const centre = middleOf(head);
    let crown = centre;
    if (shoulders.length) {
      const neck = middleOf(shoulders);
      const length = Math.max(Math.hypot(centre[0] - neck[0], centre[1] - neck[1]), 1e-6);
      crown = along(neck, centre, 1 + (CORE_CROWN * unit) / length);
    }
    stroke(core, centre, crown, CORE_HEAD_REACH * unit);
  }
  const corners = ofBothSides(at, ["shoulder", "hip"]);
  if (corners.length > 2) fillHull(core, corners, 0);
  return { core, unit };
}

/**
 * @param {Pose} pose
 * @returns {(joint: string) => Place | null} Where a joint is, or null.
 */
function placesOf(pose) {
  return (joint) => {
    const [y, x, confidence] = pose[indexOf(joint)];
    return confidence > 0 ? [y, x] : null;
  };
}

/**
 * @param {(Place | null)[]} places
 * @returns {Place[]}
 */
function present(places) {
  return places.filter((place) => place !== null);
}

/**
 * @param {(joint: string) => Place | null} at
 * @param {string[]} parts
 */
function ofBothSides(at, parts) {
  return present(parts.flatMap((part) => SIDES.map((side) => at(`${side}_${part}`))));
}

/**
 * @param {Area} area
 * @param {Pose} pose
 */
function draw(area, pose) {
  const at = placesOf(pose);
  const unit = torsoSize(pose);
  for (const [y, x, confidence] of pose) {
    if (confidence > 0) stroke(area, [y, x], [y, x], LIMB_REACH * unit);
  }
  for (const side of SIDES) {
    for (const limb of LIMBS) {
      const [root, middle, end] = limb.map((joint) => at(`${side}_${joint}`));
      for (const [start, stop] of segments(root, middle, end, limb[2] === "wrist")) {
        stroke(area, start, stop, LIMB_REACH * unit);
      }
    }
    const ankle = at(`${side}_ankle`);
    if (ankle) stroke(area, ankle, ankle, FOOT_REACH * unit);
  }
  const shoulders = ofBothSides(at, ["shoulder"]);
  const head = present(HEAD.map(at));
  if (head.length) {
    const centre = middleOf(head);
    stroke(area, centre, centre, HEAD_REACH * unit);
    if (shoulders.length) stroke(area, centre, middleOf(shoulders), 0.8 * HEAD_REACH * unit);
  }
  for (const parts of [
    ["shoulder", "hip"],
    ["hip", "knee"],
  ]) {
    const corners = ofBothSides(at, parts);
    if (corners.length > 2) fillHull(area, corners, TRUNK_REACH * unit);
  }
}

/**
 * Return the lines along an arm or a leg. A limb whose end is not seen is assumed to continue
 * straight.
 * @param {Place | null} root
 * @param {Place | null} middle
 * @param {Place | null} end
 * @param {boolean} hand Whether a hand follows.
 * @returns {[Place, Place][]}
 */
function segments(root, middle, end, hand) {
  if (!middle) return root && end ? [[root, end]] : [];
  /** @type {[Place, Place][]} */
  const lines = root ? [[root, middle]] : [];
  if (end) lines.push([middle, along(middle, end, hand ? 1 + HAND : 1)]);
  else if (root) lines.push([middle, along(root, middle, 2)]);
  return lines;
}

/**
 * @param {Place} start
 * @param {Place} end
 * @param {number} share
 * @returns {Place}
 */
function along(start, end, share) {
  return [start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])];
}

/**
 * @param {Place[]} places
 * @returns {Place}
 */
function middleOf(places) {
  const [y, x] = [0, 1].map(
    (axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length,
  );
  return [y, x];
}

/** @param {Pose} pose */
function torsoSize(pose) {
  const squares = SIDES.map((side) => [`${side}_shoulder`, `${side}_hip`])
    .map((joints) => joints.map((joint) => pose[indexOf(joint)]))
    .filter((ends) => ends.every((point) => point[2] > 0))
    .map(([a, b]) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2);
  const mean = squares.reduce((sum, square) => sum + square, 0) / Math.max(squares.length, 1);
  const box = extentOfPose(pose);
  const extent = box ? Math.max(box.bottom - box.top, box.right - box.left) : 0;
  return Math.max(Math.sqrt(mean), LEAST_TORSO_IN_BODY * extent, 2);
}

/**
 * Cover everything within a distance of a line.
 * @param {Area} area
 * @param {Place} start
 * @param {Place} end
 * @param {number} reach
 */
function stroke(area, start, end, reach) {
  drawLine(area, start, end, Math.min(Math.max(1, Math.round(2 * reach)), THICKEST));
}

/**
 * Cover everything within a distance of the convex hull of points.
 * @param {Area} area
 * @param {Place[]} corners
 * @param {number} reach
 */
function fillHull(area, corners, reach) {
  drawHull(
    area,
    corners.flatMap(([y, x]) =>
      CIRCLE.map(([down, right]) => /** @type {Place} */ ([y + reach * down, x + reach * right])),
    ),
  );
}

/**
 * Return an area enlarged as OpenCV enlarges an image of bytes, with rounded integer arithmetic.
 * @param {Area} area
 * @param {number} height
 * @param {number} width
 * @returns {Area}
 */
function enlarged(area, height, width) {
  const large = emptyArea(height, width);
  const columns = neighbours(width, area.width).map(inWholeNumbers);
  neighbours(height, area.height).forEach((row, y) => {
    const { first: top, last: bottom, near: above, far: below } = inWholeNumbers(row);
    for (let x = 0; x < width; x++) {
      const { first, last, near, far } = columns[x];
      const value = (/** @type {number} */ line) =>
        (area.data[line * area.width + first] * near + area.data[line * area.width + last] * far) >>
        4;
      const sum = ((value(top) * above) >> 16) + ((value(bottom) * below) >> 16);
      large.data[y * width + x] = (sum + 2) >> 2;
    }
  });
  return large;
}

/** @param {{first: number, last: number, share: number}} between */
function inWholeNumbers({ first, last, share }) {
  const [near, far] = [1 - share, share].map((weight) => Math.round(weight * INTERPOLATION));
  return { first, last, near, far };
}

/**
 * Return, for each row or column of a larger image, the two rows or columns of a smaller image
 * between which it lies, and the weight of the second.
 * @param {number} length The height or width of the larger image.
 * @param {number} size The height or width of the smaller image.
 */
export function neighbours(length, size) {
  return Array.from({ length }, (_, i) => {
    const place = Math.min(Math.max(((i + 0.5) * size) / length - 0.5, 0), size - 1);
    const first = Math.floor(place);
    return { first, last: Math.min(first + 1, size - 1), share: place - first };
  });
}
