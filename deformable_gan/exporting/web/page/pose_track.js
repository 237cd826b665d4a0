import { extentOfPose, quantile } from "./body_box.js";
import { personSeen } from "./person_finder.js";
import { indexOf, JOINTS, keepSeen, REQUIRED, SEEN, whyUnusable } from "./skeleton.js";

/**
 * The poses of a clip as one smooth track, as `repose` computes it in Python.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").KeyPoint} KeyPoint
 * @typedef {import("./skeleton.js").Size} Size
 */

/** The standard deviation of the weights that smooth joints, in seconds. */
export const SMOOTHING = 0.07;

// `data/preparing/person_tracks.py`
const JUMP = 1;
const SPEED = 6;
const FARTHEST = 3;
const ABSENCE = 1;
// `pose/adaptive_smoothing.py`
const STILL = 2;
const AGREEMENT = 1.5;
const FINEST = 0.002;
const DEVIATION_OF_QUARTILE = 3.138;

/**
 * Return the poses of the person who is seen in more frames than any other person, smoothed and
 * without gaps.
 * @param {Pose[]} found The poses found in the frames, as `PersonFinder.follow` returns them.
 * @param {number[]} times The times of the frames, in seconds, increasing.
 * @param {Size} size The size of the frames.
 * @returns {{poses: Pose[], times: number[]}} The poses and times from the first to the last frame
 *   that shows the person; empty if no frame shows both shoulders and both hips of a person.
 */
export function trackOf(found, times, size) {
  const usable = usablePoses(found, times, size);
  const present = usable.flatMap((pose, i) => (pose ? [i] : []));
  if (!present.length) return { poses: [], times: [] };
  const [first, last] = [present[0], present[present.length - 1] + 1];
  const nobody = () => /** @type {Pose} */ (JOINTS.map(() => [0, 0, 0]));
  const poses = usable.slice(first, last).map((pose) => pose ?? nobody());
  const kept = times.slice(first, last);
  return { poses: smoothed(interpolated(poses, kept), kept, SMOOTHING), times: kept };
}

/**
 * @param {Pose[]} found
 * @param {number[]} times
 * @param {Size} size
 * @returns {(Pose | null)[]}
 */
function usablePoses(found, times, size) {
  const stretches = personStretches(found, times);
  const usable = found.map((pose) => {
    const seen = keepSeen(pose, size, SEEN);
    return whyUnusable(seen) ? null : seen;
  });
  /** @type {Map<number | null, number>} */
  const counts = new Map();
  usable.forEach((pose, i) => {
    if (pose) counts.set(stretches[i], (counts.get(stretches[i]) ?? 0) + 1);
  });
  const longest = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [null, 0])[0];
  return usable.map((pose, i) => (stretches[i] === longest ? pose : null));
}

/**
 * Divide a clip into stretches that each show one person, by the positions of the person seen.
 * @param {Pose[]} poses
 * @param {number[]} times
 * @returns {(number | null)[]} The number of each frame's stretch; null where nobody is seen.
 */
export function personStretches(poses, times) {
  let number = -1;
  /** @type {{time: number, middle: [number, number], length: number} | null} */
  let last = null;
  return poses.map((pose, i) => {
    if (!personSeen(pose)) return null;
    const { middle, length } = torsoOf(pose);
    const gone = last ? times[i] - last.time : Number.POSITIVE_INFINITY;
    if (!last || gone > ABSENCE) {
      number += 1;
    } else {
      const reach = Math.min(JUMP + SPEED * gone, FARTHEST) * Math.max(length, last.length);
      const way = Math.hypot(middle[0] - last.middle[0], middle[1] - last.middle[1]);
      if (way > reach) number += 1;
    }
    last = { time: times[i], middle, length };
    return number;
  });
}

/** @param {Pose} pose */
function torsoOf(pose) {
  const [leftShoulder, rightShoulder, leftHip, rightHip] = REQUIRED.map((j) => pose[indexOf(j)]);
  const lengths = [
    [leftShoulder, leftHip],
    [rightShoulder, rightHip],
    [leftShoulder, rightShoulder],
    [leftHip, rightHip],
  ].map(([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]));
  const corners = [leftShoulder, rightShoulder, leftHip, rightHip];
  const middle = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + corner[axis], 0) / 4);
  return { middle: /** @type {[number, number]} */ (middle), length: Math.max(...lengths, 1) };
}

/**
 * Fill joints that are missing in some frames from the frames before and after.
 * @param {Pose[]} poses
 * @param {number[]} times
 * @returns {Pose[]}
 */
export function interpolated(poses, times) {
  const filled = poses.map((pose) => pose.map((point) => /** @type {KeyPoint} */ ([...point])));
  JOINTS.forEach((_, joint) => {
    const present = poses.flatMap((pose, i) => (pose[joint][2] > 0 ? [i] : []));
    if (!present.length) return;
    let next = 0;
    poses.forEach((pose, i) => {
      if (pose[joint][2] > 0) return;
      while (next < present.length && present[next] < i) next += 1;
      const before = present[Math.max(next - 1, 0)];
      const after = present[Math.min(next, present.length - 1)];
      const gap = times[after] - times[before];
      const share = gap > 0 ? Math.min(Math.max((times[i] - times[before]) / gap, 0), 1) : 0;
      const [first, last] = [poses[before][joint], poses[after][joint]];
      filled[i][joint] = /** @type {KeyPoint} */ (
        first.map((value, axis) => value + share * (last[axis] - value))
      );
    });
  });
  return filled;
}

/**
 * Smooth each joint's track by local parabolas, and by an average where the joint stands still.
 * @param {Pose[]} poses
 * @param {number[]} times In seconds, increasing.
 * @param {number} seconds The standard deviation of the parabolas' weights.
 * @returns {Pose[]}
 */
export function smoothed(poses, times, seconds) {
  if (seconds <= 0 || poses.length < 3) return poses;
  const result = poses.map((pose) => pose.map((point) => /** @type {KeyPoint} */ ([...point])));
  const extents = poses.map(extentOfPose).filter((box) => box !== null);
  if (!extents.length) return result;
  const finest =
    FINEST *
    quantile(
      extents.map((box) => Math.max(box.bottom - box.top, box.right - box.left)),
      0.5,
    );
  JOINTS.forEach((_, joint) => {
    const track = poses.map((pose) => pose[joint]);
    if (!track.some((point) => point[2] > 0)) return;
    smoothTrack(track, times, seconds, finest).forEach((place, i) => {
      if (track[i][2] > 0) [result[i][joint][0], result[i][joint][1]] = place;
    });
  });
  return result;
}

/**
 * @param {KeyPoint[]} track
 * @param {number[]} times
 * @param {number} seconds
 * @param {number} finest
 * @returns {[number, number][]}
 */
function smoothTrack(track, times, seconds, finest) {
  // The weights of frames farther away than eight standard deviations are negligible.
  const reach = 8 * seconds;
  const near = times.map((time) =>
    times.flatMap((other, i) => (Math.abs(other - time) <= STILL * reach ? [i] : [])),
  );
  const apart = (/** @type {number} */ i, /** @type {number} */ k) =>
    (times[k] - times[i]) / seconds;
  const bell = (/** @type {number} */ x) => Math.exp((-x * x) / 2);
  const confidence = track.map((point) => Math.max(point[2], 0));
  const moving = track.map((point, i) => {
    const weights = near[i].map((k) => bell(apart(i, k)) * confidence[k]);
    return [0, 1].map((axis) =>
      parabola(
        near[i].map((k) => apart(i, k)),
        near[i].map((k) => track[k][axis]),
        weights,
        point[axis],
      ),
    );
  });
  const still = track.map((_, i) => {
    const weights = near[i].map((k) => bell(apart(i, k) / STILL) * confidence[k]);
    return [0, 1].map((axis) =>
      average(
        near[i].map((k) => track[k][axis]),
        weights,
      ),
    );
  });
  const present = track.flatMap((point, i) => (point[2] > 0 ? [i] : []));
  const trembling = Math.max(
    tremblingOf(
      present.map((i) => track[i]),
      present.map((i) => times[i] / seconds),
    ),
    finest,
    1e-6,
  );
  const disagreement = track.map((_, i) => {
    const square = [0, 1].reduce((sum, axis) => sum + (moving[i][axis] - still[i][axis]) ** 2, 0);
    return square / (AGREEMENT * trembling) ** 2;
  });
  return track.map((_, i) => {
    const usual = average(
      near[i].map((k) => disagreement[k]),
      near[i].map((k) => bell(apart(i, k))),
    );
    const share = Math.exp(-usual / 2);
    const place = [0, 1].map(
      (axis) => moving[i][axis] + share * (still[i][axis] - moving[i][axis]),
    );
    return /** @type {[number, number]} */ (place);
  });
}

/**
 * @param {number[]} values
 * @param {number[]} weights
 */
function average(values, weights) {
  let [sum, total] = [0, 0];
  values.forEach((value, i) => {
    sum += weights[i] * value;
    total += weights[i];
  });
  return sum / Math.max(total, 1e-30);
}

/**
 * Return the value at 0 of the parabola fitted to weighted values.
 * @param {number[]} places
 * @param {number[]} values
 * @param {number[]} weights
 * @param {number} own The result if the sum of the weights is almost zero.
 */
function parabola(places, values, weights, own) {
  const moments = [0, 0, 0, 0, 0];
  const sums = [0, 0, 0];
  let largest = 0;
  places.forEach((place, i) => {
    largest = Math.max(largest, weights[i]);
    for (let power = 0; power < 5; power++) {
      const term = weights[i] * place ** power;
      moments[power] += term;
      if (power < 3) sums[power] += term * values[i];
    }
  });
  if (moments[0] <= 1e-12) return own;
  // A small regularisation makes the parabola flat at a frame that has no neighbours.
  const stiffness = 1e-9 * largest;
  const [m0, m1, m2, m3, m4] = moments;
  const [a, b] = [m2 + stiffness, m4 + stiffness];
  const determinant = m0 * (a * b - m3 * m3) - m1 * (m1 * b - m3 * m2) + m2 * (m1 * m3 - a * m2);
  const top =
    sums[0] * (a * b - m3 * m3) -
    m1 * (sums[1] * b - m3 * sums[2]) +
    m2 * (sums[1] * m3 - a * sums[2]);
  return top / determinant;
}

/**
 * Return the standard deviation of a track's noise, from the distances of its positions from the
 * lines between the positions before and after.
 * @param {KeyPoint[]} track
 * @param {number[]} times
 */
function tremblingOf(track, times) {
  if (track.length < 3) return 0;
  const distances = [];
  for (let i = 1; i < track.length - 1; i++) {
    const share = (times[i] - times[i - 1]) / (times[i + 1] - times[i - 1]);
    const norm = Math.sqrt(1 + share ** 2 + (1 - share) ** 2);
    for (const axis of [0, 1]) {
      const between = (1 - share) * track[i - 1][axis] + share * track[i + 1][axis];
      distances.push(Math.abs(track[i][axis] - between) / norm);
    }
  }
  return DEVIATION_OF_QUARTILE * quantile(distances, 0.25);
}

/**
 * Return the poses at 0, 1 / rate, 2 / rate, ... seconds after the first frame, interpolated
 * linearly.
 * @param {Pose[]} poses
 * @param {number[]} times In seconds, increasing.
 * @param {number} rate Poses per second.
 * @returns {Pose[]}
 */
export function atEvenTimes(poses, times, rate) {
  const from = times.map((time) => time - times[0]);
  const end = from[from.length - 1];
  const count = Math.floor(end * rate + 0.05) + 1;
  if (poses.length === 1) return poses;
  let after = 1;
  return Array.from({ length: count }, (_, i) => {
    const wanted = Math.min(i / rate, end);
    while (after < from.length - 1 && from[after] < wanted) after += 1;
    const gap = from[after] - from[after - 1];
    let share = (wanted - from[after - 1]) / gap;
    if (Math.abs(share - Math.round(share)) * gap < 0.05 * Math.min(gap, 1 / rate)) {
      share = Math.round(share);
    }
    const [first, last] = [poses[after - 1], poses[after]];
    return first.map((point, joint) => {
      const other = last[joint];
      if (point[2] <= 0 || other[2] <= 0) return share <= 0.5 ? point : other;
      return /** @type {KeyPoint} */ (
        point.map((value, axis) => value * (1 - share) + other[axis] * share)
      );
    });
  });
}
