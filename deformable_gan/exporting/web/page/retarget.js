import { quantile } from "./body_box.js";
import { JOINTS } from "./skeleton.js";

/**
 * Fitting the poses of one person to the proportions, the size and the position of another.
 * `reposing/retargeting` does the same in Python and explains it.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {[number, number] | null} Place (y, x), null where missing.
 * @typedef {Record<string, Place>} Named Places by joint, including pelvis, chest and head.
 * @typedef {Record<string, number>} Lengths Lengths in pixels by kind of bone.
 */

const FACE = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"];
const SIDES = ["left", "right"];

/** @type {[string, string, string][]} (joint, parent, kind of bone), parents first. */
const BONES = [
  ["chest", "pelvis", "torso"],
  ...SIDES.map(bone("hip", "pelvis", "hips")),
  ...SIDES.map(bone("knee", "hip", "thigh")),
  ...SIDES.map(bone("ankle", "knee", "calf")),
  ...SIDES.map(bone("shoulder", "chest", "shoulders")),
  ...SIDES.map(bone("elbow", "shoulder", "upper_arm")),
  ...SIDES.map(bone("wrist", "elbow", "forearm")),
  ["head", "chest", "neck"],
  ...FACE.map((joint) => /** @type {[string, string, string]} */ ([joint, "head", "face"])),
];
const PARENTS = new Map(BONES.map(([joint, parent, kind]) => [joint, { parent, kind }]));

const SHARES_OF_HEIGHT = {
  torso: 0.265,
  thigh: 0.243,
  calf: 0.235,
  upper_arm: 0.168,
  forearm: 0.153,
  shoulders: 0.195,
  hips: 0.112,
  neck: 0.11,
  face: 0.1,
};
const TELL_HEIGHT = ["torso", "thigh", "calf", "upper_arm", "forearm"];
const HEIGHT_QUANTILE = 0.6;
/** @type {Record<string, [number, number]>} */
const BELIEVED = { face: [0.8, 1.8], shoulders: [0.8, 1.5], hips: [0.8, 1.5], neck: [0.8, 1.5] };
/** @type {[number, number]} */
const BELIEVED_LIMB = [0.85, 1.25];
const LENGTH_QUANTILE = 0.95;
/**
 * The joints at the ends of each kind of bone, and the largest distance between them in an image,
 * as a fraction of the bone's length.
 * @type {Record<string, [string, string, number][]>}
 */
const PAIRS = {
  torso: [["pelvis", "chest", 1]],
  neck: [["chest", "head", 1]],
  face: [
    ["left_ear", "right_ear", 1],
    ["left_eye", "right_eye", 0.42],
    ["left_ear", "nose", 0.9],
    ["right_ear", "nose", 0.9],
    ["left_ear", "left_eye", 0.7],
    ["right_ear", "right_eye", 0.7],
    ["left_ear", "right_eye", 0.93],
    ["right_ear", "left_eye", 0.93],
  ],
  thigh: SIDES.map(bone("hip", "knee", 1)),
  calf: SIDES.map(bone("knee", "ankle", 1)),
  upper_arm: SIDES.map(bone("shoulder", "elbow", 1)),
  forearm: SIDES.map(bone("elbow", "wrist", 1)),
  shoulders: [["left_shoulder", "right_shoulder", 1]],
  hips: [["left_hip", "right_hip", 1]],
};

const GROUND_QUANTILE = 0.9;
const LIFT = 0.04;

/**
 * Return poses of the driving person, fitted to the source person.
 *
 * @param {Pose[]} poses The poses of the driving person, in pixels of any image.
 * @param {Pose} source The pose of the source person, in pixels of the image of the results.
 * @param {Pose[]} [reference] The poses from which the driving person's lengths and position are
 *   estimated; by default the poses themselves. For a live camera, the poses of the last seconds.
 * @returns {Pose[]} Joints may lie outside the image; missing joints stay missing. If the source or
 *   the reference shows no bone, the poses are returned unchanged.
 */
export function retarget(poses, source, reference = poses) {
  const known = reference.map(named);
  const standing = named(source);
  const theirs = estimateLengths(known);
  const own = estimateLengths([standing]);
  if (!theirs || !own) return poses.map((pose) => pose.map((point) => [...point]));
  const ratios = Object.fromEntries(
    Object.keys(theirs).map((kind) => [kind, own[kind] / theirs[kind]]),
  );
  const scale = (own.thigh + own.calf) / (theirs.thigh + theirs.calf);
  const here = standingOf(known, theirs);
  const there = standingOf([standing], own);
  /** @param {Place} place @returns {Place} */
  const move = (place) =>
    place && [there[0] + scale * (place[0] - here[0]), there[1] + scale * (place[1] - here[1])];
  const driving = poses.map(named);
  const placed = driving.map((joints) => grow(joints, ratios, theirs, move));
  const shifts = driving.map((joints, i) => shiftOfFeet(joints, placed[i], move, theirs));
  fillShifts(shifts);
  return poses.map((pose, i) =>
    JOINTS.map((joint, j) => {
      const place = placed[i][joint];
      if (pose[j][2] <= 0 || !place) return [0, 0, 0];
      const [down, right] = shifts[i] ?? [0, 0];
      return [place[0] + down, place[1] + right, pose[j][2]];
    }),
  );
}

/**
 * @param {string} joint
 * @param {string} parent
 * @param {any} kind
 * @returns {(side: string) => [string, string, any]}
 */
function bone(joint, parent, kind) {
  return (side) => [
    `${side}_${joint}`,
    ["pelvis", "chest"].includes(parent) ? parent : `${side}_${parent}`,
    kind,
  ];
}

/**
 * Return the places of all joints by name, including pelvis, chest and head.
 * @param {Pose} pose
 * @returns {Named}
 */
function named(pose) {
  /** @type {Named} */
  const places = {};
  JOINTS.forEach((joint, j) => {
    places[joint] = pose[j][2] > 0 ? [pose[j][0], pose[j][1]] : null;
  });
  const middle = (/** @type {string} */ kind) => {
    const [left, right] = SIDES.map((side) => places[`${side}_${kind}`]);
    if (!left || !right) return left ?? right;
    return /** @type {Place} */ ([(left[0] + right[0]) / 2, (left[1] + right[1]) / 2]);
  };
  places.pelvis = middle("hip");
  places.chest = middle("shoulder");
  places.head = middle("ear") ?? middle("eye") ?? places.nose;
  return places;
}

/**
 * Estimate the full lengths of a person's bones from poses, in which foreshortening shrinks them.
 * @param {Named[]} poses
 * @returns {Lengths | null} null if the poses show no bone.
 */
function estimateLengths(poses) {
  /** @type {Lengths} */
  const seen = {};
  for (const [kind, ends] of Object.entries(PAIRS)) {
    const longest = Math.max(
      ...ends.map(([start, end, share]) => usualMaximum(poses, start, end) / share),
    );
    if (longest > 0) seen[kind] = longest;
  }
  const shares = /** @type {Lengths} */ (SHARES_OF_HEIGHT);
  const telling = TELL_HEIGHT.filter((kind) => kind in seen);
  const kinds = telling.length ? telling : Object.keys(seen);
  if (!kinds.length) return null;
  const height = quantile(
    kinds.map((kind) => seen[kind] / shares[kind]),
    HEIGHT_QUANTILE,
  );
  /** @type {Lengths} */
  const lengths = {};
  for (const [kind, share] of Object.entries(shares)) {
    const [low, high] = BELIEVED[kind] ?? BELIEVED_LIMB;
    const usual = height * share;
    lengths[kind] = Math.min(Math.max(seen[kind] ?? usual, low * usual), high * usual);
  }
  return lengths;
}

/**
 * @param {Named[]} poses
 * @param {string} start
 * @param {string} end
 */
function usualMaximum(poses, start, end) {
  const lengths = [];
  for (const pose of poses) {
    const [first, last] = [pose[start], pose[end]];
    if (first && last) lengths.push(Math.hypot(first[0] - last[0], first[1] - last[1]));
  }
  return lengths.length ? quantile(lengths, LENGTH_QUANTILE) : 0;
}

/**
 * Return where a person stands: the ground's y, and the x of the middle of their movement.
 * @param {Named[]} poses
 * @param {Lengths} lengths
 * @returns {[number, number]}
 */
function standingOf(poses, lengths) {
  const ankles = poses.map((pose) => lowest([pose.left_ankle, pose.right_ankle])).filter(isNumber);
  const all = () => poses.flatMap((pose) => Object.values(pose)).filter(isPlace);
  let ground;
  if (ankles.length) {
    ground = quantile(ankles, GROUND_QUANTILE);
  } else {
    let hips = poses.map((pose) => pose.pelvis?.[0]).filter(isNumber);
    if (!hips.length) {
      hips = poses.map((pose) => pose.chest && pose.chest[0] + lengths.torso).filter(isNumber);
    }
    if (!hips.length) hips = all().map((place) => place[0]);
    ground = quantile(hips, 0.5) + lengths.thigh + lengths.calf;
  }
  let bodies = poses.map((pose) => pose.pelvis ?? pose.chest).filter(isPlace);
  if (!bodies.length) bodies = all();
  return [
    ground,
    quantile(
      bodies.map((place) => place[1]),
      0.5,
    ),
  ];
}

/**
 * @param {Place[]} places
 * @returns {number | null}
 */
function lowest(places) {
  const rows = places.filter(isPlace).map((place) => place[0]);
  return rows.length ? Math.max(...rows) : null;
}

/**
 * @param {any} value
 * @returns {value is number}
 */
function isNumber(value) {
  return typeof value === "number";
}

/**
 * @param {any} value
 * @returns {value is [number, number]}
 */
function isPlace(value) {
  return Array.isArray(value);
}

/**
 * Place all joints, parents first: every bone keeps its direction, and its length is scaled.
 * @param {Named} driving
 * @param {Lengths} ratios
 * @param {Lengths} lengths
 * @param {(place: Place) => Place} move
 * @returns {Named}
 */
function grow(driving, ratios, lengths, move) {
  /** @type {Named} */
  const placed = { pelvis: move(driving.pelvis) };
  for (const [joint, parent, kind] of BONES) {
    const place = driving[joint];
    placed[joint] = null;
    if (!place) continue;
    // Across missing joints, the lengths of the bones in between are added up.
    let [ancestor, ours, theirs] = [parent, ratios[kind] * lengths[kind], lengths[kind]];
    for (;;) {
      const [from, reached] = [driving[ancestor], placed[ancestor]];
      if (from && reached) {
        const stretch = ours / theirs;
        placed[joint] = [
          reached[0] + (place[0] - from[0]) * stretch,
          reached[1] + (place[1] - from[1]) * stretch,
        ];
        break;
      }
      const next = PARENTS.get(ancestor);
      if (!next) break;
      ancestor = next.parent;
      ours += ratios[next.kind] * lengths[next.kind];
      theirs += lengths[next.kind];
    }
    placed[joint] ??= move(place);
  }
  return placed;
}

/**
 * Return the shift that moves the feet, mainly the lower one, to where `move` takes them.
 * @param {Named} driving
 * @param {Named} placed
 * @param {(place: Place) => Place} move
 * @param {Lengths} lengths
 * @returns {Place} (down, right) in pixels; null if no ankle is seen.
 */
function shiftOfFeet(driving, placed, move, lengths) {
  const unit = LIFT * (lengths.thigh + lengths.calf);
  const feet = ["left_ankle", "right_ankle"].filter((ankle) => driving[ankle]);
  const bottom = lowest(feet.map((ankle) => driving[ankle]));
  if (bottom === null) return null;
  let [total, down, right] = [0, 0, 0];
  for (const ankle of feet) {
    const [place, wanted, now] = [driving[ankle], move(driving[ankle]), placed[ankle]];
    if (!place || !wanted || !now) continue;
    const weight = Math.exp((place[0] - bottom) / unit);
    total += weight;
    down += weight * (wanted[0] - now[0]);
    right += weight * (wanted[1] - now[1]);
  }
  return [down / total, right / total];
}

/**
 * Interpolate the missing shifts of frames without ankles from the frames before and after.
 * @param {Place[]} shifts
 */
function fillShifts(shifts) {
  const known = shifts.flatMap((shift, i) => (shift ? [i] : []));
  if (!known.length) return;
  shifts.forEach((shift, i) => {
    if (shift) return;
    const after = known.find((k) => k > i) ?? known[known.length - 1];
    const before = known.findLast((k) => k < i) ?? known[0];
    const share = after > before ? Math.min(Math.max((i - before) / (after - before), 0), 1) : 0;
    const [first, last] = [shifts[before], shifts[after]];
    if (!first || !last) return;
    shifts[i] = [first[0] + share * (last[0] - first[0]), first[1] + share * (last[1] - first[1])];
  });
}
