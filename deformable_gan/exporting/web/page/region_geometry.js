import { indexOf, mirrorJoint } from "./skeleton.js";

/**
 * The ten body regions of a pose: the transforms from the target's regions to the source's, and the
 * region masks. `geometry/region_transforms.py` and `geometry/region_masks.py` compute the same and
 * explain it.
 *
 * A transform maps a target pixel (x, y) to the source pixel (a0 x + a1 y + a2, b0 x + b1 y + b2)
 * and is the six numbers [a0, a1, a2, b0, b1, b2].
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {[number, number]} Place (y, x)
 * @typedef {[number, number, number, number]} Matrix 2 x 2, row by row; it acts on (y, x) columns.
 * @typedef {{start: string, end: string, mask: number, transform: number}} Limb
 * @typedef {{centre: Place, direction: Place, halfLength: number, halfWidth: number}} Rectangle
 */

export const REGIONS = [
  "body",
  "head",
  "right_thigh",
  "left_thigh",
  "right_calf",
  "left_calf",
  "right_upper_arm",
  "left_upper_arm",
  "right_forearm",
  "left_forearm",
];

/** A transform that maps every pixel to a point outside any image. */
export const OUTSIDE = [1, 0, 10_000, 0, 1, 10_000];

const TORSO = ["right_hip", "left_hip", "left_shoulder", "right_shoulder"];
const HEAD = ["left_eye", "right_eye", "left_ear", "right_ear", "nose"];
const SHOULDERS = ["left_shoulder", "right_shoulder"];
const LIMB_HALF_WIDTH = 0.2;
const HEAD_HALF_SIDE = 0.4;
const START_EXTENSION = 0.1;
const SHORTEST = 1e-2;
const EDGE = 1e-4;
const ROUNDING = 1e-4;
const STRONGEST_STRETCH = 100;
const THINNEST = 1e-3;
const LEAST_REMAINDER = 0.05;
const SMALLEST_EXTENT = 1e-2;
const ROOT_STEPS = 5;

/** @type {Limb[]} In the order of their regions, which follow body and head. */
const LIMBS = [
  ["hip", "knee", 0.1, 0.1],
  ["knee", "ankle", 0.5, 0.3],
  ["shoulder", "elbow", 0.1, 0.1],
  ["elbow", "wrist", 0.5, 0.3],
].flatMap(([start, end, mask, transform]) =>
  ["right", "left"].map((side) => ({
    start: `${side}_${start}`,
    end: `${side}_${end}`,
    mask: Number(mask),
    transform: Number(transform),
  })),
);

/**
 * Compute the transform of each region.
 * @param {Pose} source
 * @param {Pose} target
 * @returns {number[][]} Ten transforms of six numbers each, in the order of `REGIONS`.
 */
export function regionTransforms(source, target) {
  const both = (/** @type {string} */ joint) =>
    place(source, joint) !== null && place(target, joint) !== null;
  const body = TORSO.filter(both);
  const face = HEAD.filter(both);
  // The shoulders only support the estimate of the head.
  const head = face.length ? [...face, ...SHOULDERS.filter(both)] : [];
  return [
    ...[body, head].map((joints) =>
      leastSquares(
        joints.map((joint) => /** @type {Place} */ (place(target, joint))),
        joints.map((joint) => /** @type {Place} */ (place(source, joint))),
      ),
    ),
    ...LIMBS.map((limb) => {
      // The mirror limb replaces a limb that is missing in the source.
      const mirror = { ...limb, start: mirrorJoint(limb.start), end: mirrorJoint(limb.end) };
      const seen = place(source, limb.start) && place(source, limb.end);
      const from = rectangleOf(source, seen ? limb : mirror, limb.transform);
      const to = rectangleOf(target, limb, limb.transform);
      return from && to ? mapRectangle(to, from) : OUTSIDE;
    }),
  ];
}

/**
 * Return where each region lies in the target image.
 * @param {Pose} target
 * @param {Size} size The size of the image.
 * @returns {Uint8Array[]} Ten masks of 0 and 1, row by row.
 */
export function regionMasks(target, [height, width]) {
  const drawn = (/** @type {(y: number, x: number) => boolean} */ covers) =>
    Uint8Array.from({ length: height * width }, (_, i) =>
      covers(Math.floor(i / width), i % width) ? 1 : 0,
    );
  return [
    drawn(() => true),
    drawn(headCover(target)),
    ...LIMBS.map((limb) => {
      const rectangle = rectangleOf(target, limb, limb.mask);
      return drawn((y, x) => rectangle !== null && covers(rectangle, y, x));
    }),
  ];
}

/**
 * Return the outlines of the regions that a pose shows, for drawing.
 * @param {Pose} pose
 * @returns {{region: string, corners: Place[]}[]} The head's square and the limbs' rectangles.
 */
export function regionOutlines(pose) {
  const square = [
    [1, 1],
    [1, -1],
    [-1, -1],
    [-1, 1],
  ];
  const outlines = [];
  const head = headSquare(pose);
  if (head) {
    const corners = square.map(([down, right]) => [
      head.row + down * head.half,
      head.column + right * head.half,
    ]);
    outlines.push({ region: "head", corners: /** @type {Place[]} */ (corners) });
  }
  LIMBS.forEach((limb, i) => {
    const rectangle = rectangleOf(pose, limb, limb.mask);
    if (!rectangle) return;
    const { centre, direction, halfLength, halfWidth } = rectangle;
    const corners = square.map(([along, across]) => [
      centre[0] + along * halfLength * direction[0] - across * halfWidth * direction[1],
      centre[1] + along * halfLength * direction[1] + across * halfWidth * direction[0],
    ]);
    outlines.push({ region: REGIONS[i + 2], corners: /** @type {Place[]} */ (corners) });
  });
  return outlines;
}

/**
 * @param {Pose} pose
 * @param {string} joint
 * @returns {Place | null}
 */
function place(pose, joint) {
  const [y, x, confidence] = pose[indexOf(joint)];
  return confidence > 0 ? [y, x] : null;
}

/**
 * Return the root mean square length of the torso's sides that are seen; null if none is seen or
 * they have no length.
 * @param {Pose} pose
 */
function torsoSize(pose) {
  const squares = [];
  for (const side of ["right", "left"]) {
    const [hip, shoulder] = [place(pose, `${side}_hip`), place(pose, `${side}_shoulder`)];
    if (hip && shoulder) squares.push((hip[0] - shoulder[0]) ** 2 + (hip[1] - shoulder[1]) ** 2);
  }
  const mean = squares.reduce((sum, square) => sum + square, 0) / Math.max(squares.length, 1);
  return mean > SHORTEST ** 2 ? Math.sqrt(mean) : null;
}

/**
 * @param {Pose} pose
 * @param {Limb} limb
 * @param {number} extension How far the rectangle reaches beyond the limb's end, as a fraction of
 *   the length of the limb extended at its start.
 * @returns {Rectangle | null}
 */
function rectangleOf(pose, limb, extension) {
  const [start, end, torso] = [place(pose, limb.start), place(pose, limb.end), torsoSize(pose)];
  if (!start || !end || torso === null) return null;
  const line = [end[0] - start[0], end[1] - start[1]];
  const length = Math.hypot(...line);
  if (length <= SHORTEST) return null;
  const beyond = extension * (1 + START_EXTENSION);
  const middle = (/** @type {number} */ axis) =>
    (start[axis] + end[axis]) / 2 + (line[axis] * (beyond - START_EXTENSION)) / 2;
  return {
    centre: [middle(0), middle(1)],
    direction: [line[0] / length, line[1] / length],
    halfLength: (length * (1 + START_EXTENSION) * (1 + extension)) / 2,
    halfWidth: LIMB_HALF_WIDTH * torso,
  };
}

/**
 * @param {Rectangle} rectangle
 * @param {number} y
 * @param {number} x
 */
function covers({ centre, direction, halfLength, halfWidth }, y, x) {
  const [down, right] = [y - centre[0], x - centre[1]];
  const along = Math.abs(down * direction[0] + right * direction[1]);
  const across = Math.abs(right * direction[0] - down * direction[1]);
  return along <= halfLength + EDGE && across <= halfWidth + EDGE;
}

/**
 * Return the square around the mean of the head's joints; null if no joint of the head is seen or
 * the torso's size is unknown.
 * @param {Pose} pose
 */
function headSquare(pose) {
  const torso = torsoSize(pose);
  const joints = HEAD.map((joint) => place(pose, joint)).filter((one) => one !== null);
  if (torso === null || !joints.length) return null;
  const [row, column] = [0, 1].map((axis) => {
    const mean = joints.reduce((sum, joint) => sum + joint[axis], 0) / joints.length;
    return Math.sign(mean) * Math.floor(Math.abs(mean) + ROUNDING);
  });
  return { row, column, half: Math.floor(HEAD_HALF_SIDE * torso + ROUNDING) };
}

/**
 * @param {Pose} pose
 * @returns {(y: number, x: number) => boolean}
 */
function headCover(pose) {
  const square = headSquare(pose);
  if (!square) return () => false;
  const { row, column, half } = square;
  return (y, x) => y >= row - half && y < row + half && x >= column - half && x < column + half;
}

/**
 * Return the transform from a target rectangle to a source rectangle.
 * @param {Rectangle} target
 * @param {Rectangle} source
 */
function mapRectangle(target, source) {
  const along = source.halfLength / target.halfLength;
  const across = source.halfWidth / target.halfWidth;
  const [s, t] = [source.direction, target.direction];
  /** @type {Matrix} */
  const linear = [
    s[0] * t[0] * along + s[1] * t[1] * across,
    s[0] * t[1] * along - s[1] * t[0] * across,
    s[1] * t[0] * along - s[0] * t[1] * across,
    s[1] * t[1] * along + s[0] * t[0] * across,
  ];
  return transformOf(linear, target.centre, source.centre);
}

/**
 * Return the transform with a given linear part that maps one place to another.
 * @param {Matrix} linear
 * @param {Place} from
 * @param {Place} to
 */
function transformOf(linear, from, to) {
  const [yy, yx, xy, xx] = linear;
  const determinant = yy * xx - yx * xy;
  const norm = Math.hypot(...linear);
  const invertible = norm < STRONGEST_STRETCH && Math.abs(determinant) * STRONGEST_STRETCH > norm;
  if (!invertible) return OUTSIDE;
  return [
    ...[xx, xy, to[1] - xy * from[0] - xx * from[1]],
    ...[yx, yy, to[0] - yy * from[0] - yx * from[1]],
  ];
}

/**
 * Estimate an affine transform by total least squares: see `geometry/least_squares.py`.
 * @param {Place[]} target
 * @param {Place[]} source
 */
function leastSquares(target, source) {
  const [p, q] = [normalised(target), normalised(source)];
  if (!p || !q) return OUTSIDE;
  // The principal axes of the target's points, the spread along them, and the sums of products of
  // the target's coordinates along them with the source's coordinates.
  const [yy, yx, xx] = moments(p.points, p.points);
  const angle = Math.atan2(2 * yx, yy - xx) / 2;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const rotated = p.points.map(([y, x]) => [y * cosine + x * sine, x * cosine - y * sine]);
  const spread = [0, 1].map((axis) => rotated.reduce((sum, point) => sum + point[axis] ** 2, 0));
  if (Math.min(...spread) <= THINNEST ** 2) return OUTSIDE;
  const cross = [0, 1].map((axis) =>
    [0, 1].map((other) =>
      rotated.reduce((sum, point, i) => sum + point[axis] * q.points[i][other], 0),
    ),
  );
  const root = smallestRoot(spread, cross, rotated, q.points);
  if (root === null) return OUTSIDE;
  const along = cross.map((row, axis) => row.map((value) => value / (spread[axis] - root)));
  const stretch = q.extent / p.extent;
  /** @type {number[]} */
  const linear = [];
  for (const other of [0, 1]) {
    linear.push(stretch * (cosine * along[0][other] - sine * along[1][other]));
    linear.push(stretch * (sine * along[0][other] + cosine * along[1][other]));
  }
  return transformOf(/** @type {Matrix} */ (linear), p.mean, q.mean);
}

/**
 * @param {Place[]} first
 * @param {Place[]} second
 */
function moments(first, second) {
  const sum = (/** @type {0 | 1} */ a, /** @type {0 | 1} */ b) =>
    first.reduce((total, point, i) => total + point[a] * second[i][b], 0);
  return [sum(0, 0), sum(0, 1), sum(1, 1)];
}

/**
 * Centre points and scale them to unit extent.
 * @param {Place[]} points
 * @returns {{points: Place[], mean: Place, extent: number} | null} null if all points coincide.
 */
function normalised(points) {
  if (!points.length) return null;
  const [y, x] = [0, 1].map(
    (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length,
  );
  const centred = points.map((point) => [point[0] - y, point[1] - x]);
  const square = centred.reduce((sum, point) => sum + point[0] ** 2 + point[1] ** 2, 0);
  if (square <= SMALLEST_EXTENT ** 2 * points.length) return null;
  const extent = Math.sqrt(square);
  return {
    points: centred.map((point) => [point[0] / extent, point[1] / extent]),
    mean: [y, x],
    extent,
  };
}

/**
 * Return the smallest root of the secular equation, which total least squares subtracts from the
 * diagonal; null where it does not lie clearly below the smaller spread.
 * @param {number[]} spread
 * @param {number[][]} cross
 * @param {number[][]} target The target's points in their principal axes.
 * @param {Place[]} source
 */
function smallestRoot(spread, cross, target, source) {
  const explained = cross.map((row, axis) => (row[0] ** 2 + row[1] ** 2) / spread[axis]);
  const first = spread[0] >= spread[1] ? 0 : 1;
  const [large, small] = [spread[first], spread[1 - first]];
  const [byLarge, bySmall] = [explained[first], explained[1 - first]];
  let remains = 0;
  target.forEach((point, i) => {
    for (const axis of [0, 1]) {
      const fitted =
        (point[0] * cross[0][axis]) / spread[0] + (point[1] * cross[1][axis]) / spread[1];
      remains += (source[i][axis] - fitted) ** 2;
    }
  });
  let root = rootBelowPole(small, bySmall + byLarge, 1, remains);
  for (let step = 0; step < ROOT_STEPS; step++) {
    const distance = Math.max(large - root, THINNEST ** 2 * large);
    const tangent = byLarge / distance ** 2;
    root = rootBelowPole(small, bySmall, 1 + tangent * large, remains + tangent * root * root);
  }
  return small - root > LEAST_REMAINDER * small ? root : null;
}

/**
 * Solve constant = λ (slope + weight / (pole - λ)) for its root between 0 and the pole.
 * @param {number} pole
 * @param {number} weight
 * @param {number} slope
 * @param {number} constant
 */
function rootBelowPole(pole, weight, slope, constant) {
  const difference = slope * pole - constant;
  const discriminant = difference ** 2 + weight * (weight + 2 * (slope * pole + constant));
  return (2 * constant * pole) / (slope * pole + weight + constant + Math.sqrt(discriminant));
}
