import { extentOfPose } from "./body_box.js";
import { indexOf } from "./skeleton.js";

/**
 * The part of an image that a person may cover, judged from the joints alone: see
 * `backgrounds/person_area.py`.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {[number, number]} Place (y, x)
 * @typedef {{width: number, height: number, data: Uint8Array}} Area 1 in the area, 0 elsewhere.
 */

// In torso sizes: shoulders to hips, about half a metre.
const LIMB_REACH = 0.3;
const HEAD_REACH = 0.62;
const HAND = 0.5;
const FOOT_REACH = 0.42;
const TRUNK_REACH = 0.28;
const LEAST_TORSO_IN_BODY = 0.25;
const DRAWN_SIZE = 360;
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
 * @param {number} height
 * @param {number} width
 * @returns {Area}
 */
function emptyArea(height, width) {
  return { width, height, data: new Uint8Array(width * height) };
}

/**
 * @param {Area} area
 * @param {Pose} pose
 */
function draw(area, pose) {
  const at = (/** @type {string} */ joint) => {
    const [y, x, confidence] = pose[indexOf(joint)];
    return confidence > 0 ? /** @type {Place} */ ([y, x]) : null;
  };
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
  const shoulders = SIDES.map((side) => at(`${side}_shoulder`)).filter((place) => place !== null);
  const head = HEAD.map(at).filter((place) => place !== null);
  if (head.length) {
    const centre = middleOf(head);
    stroke(area, centre, centre, HEAD_REACH * unit);
    if (shoulders.length) stroke(area, centre, middleOf(shoulders), 0.8 * HEAD_REACH * unit);
  }
  for (const parts of [
    ["shoulder", "hip"],
    ["hip", "knee"],
  ]) {
    const corners = parts
      .flatMap((part) => SIDES.map((side) => at(`${side}_${part}`)))
      .filter((place) => place !== null);
    if (corners.length > 2) fillHull(area, corners, TRUNK_REACH * unit);
  }
}

/**
 * Return the lines along an arm or a leg; an end that is missing is taken to be straight on.
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
  // Lines are a whole number of pixels thick.
  const radius = Math.max(1, Math.round(2 * reach)) / 2;
  cover(area, [start, end], radius, (y, x) => distance(y, x, start, end) <= radius);
}

/**
 * Cover everything within a distance of the convex hull of three or four points.
 * @param {Area} area
 * @param {Place[]} corners
 * @param {number} reach
 */
function fillHull(area, corners, reach) {
  const pairs = corners.flatMap((a, i) => corners.slice(i + 1).map((b) => [a, b]));
  const triangles = corners.flatMap((_, i) =>
    corners.length === 3 && i > 0
      ? []
      : [corners.filter((_corner, j) => corners.length === 3 || j !== i)],
  );
  cover(
    area,
    corners,
    reach,
    (y, x) =>
      triangles.some((triangle) => inTriangle(y, x, triangle)) ||
      pairs.some(([a, b]) => distance(y, x, a, b) <= reach),
  );
}

/**
 * @param {Area} area
 * @param {Place[]} places
 * @param {number} reach Round the places.
 * @param {(y: number, x: number) => boolean} inside
 */
function cover(area, places, reach, inside) {
  const rows = places.map((place) => place[0]);
  const columns = places.map((place) => place[1]);
  const bottom = Math.min(Math.ceil(Math.max(...rows) + reach), area.height - 1);
  const right = Math.min(Math.ceil(Math.max(...columns) + reach), area.width - 1);
  for (let y = Math.max(Math.floor(Math.min(...rows) - reach), 0); y <= bottom; y++) {
    for (let x = Math.max(Math.floor(Math.min(...columns) - reach), 0); x <= right; x++) {
      if (inside(y, x)) area.data[y * area.width + x] = 1;
    }
  }
}

/**
 * @param {number} y
 * @param {number} x
 * @param {Place} start
 * @param {Place} end
 */
function distance(y, x, start, end) {
  const [down, right] = [end[0] - start[0], end[1] - start[1]];
  const square = down * down + right * right;
  const share = square ? ((y - start[0]) * down + (x - start[1]) * right) / square : 0;
  const nearest = Math.min(Math.max(share, 0), 1);
  return Math.hypot(y - start[0] - nearest * down, x - start[1] - nearest * right);
}

/**
 * @param {number} y
 * @param {number} x
 * @param {Place[]} triangle
 */
function inTriangle(y, x, triangle) {
  const signs = triangle.map((a, i) => {
    const b = triangle[(i + 1) % 3];
    return Math.sign((b[1] - a[1]) * (y - a[0]) - (b[0] - a[0]) * (x - a[1]));
  });
  return !(signs.includes(1) && signs.includes(-1));
}

/**
 * @param {Area} area
 * @param {number} height
 * @param {number} width
 * @returns {Area} Everything that linear interpolation finds touched.
 */
function enlarged(area, height, width) {
  const large = emptyArea(height, width);
  const neighbours = (
    /** @type {number} */ i,
    /** @type {number} */ length,
    /** @type {number} */ size,
  ) => {
    const place = Math.min(Math.max(((i + 0.5) * size) / length - 0.5, 0), size - 1);
    return [Math.floor(place), Math.ceil(place)];
  };
  const columns = Array.from({ length: width }, (_, x) => neighbours(x, width, area.width));
  for (let y = 0; y < height; y++) {
    const [top, bottom] = neighbours(y, height, area.height).map((row) => row * area.width);
    for (let x = 0; x < width; x++) {
      const [left, right] = columns[x];
      large.data[y * width + x] =
        area.data[top + left] |
        area.data[top + right] |
        area.data[bottom + left] |
        area.data[bottom + right];
    }
  }
  return large;
}
