import assert from "node:assert/strict";
import { test } from "node:test";
import { LivePose } from "../../deformable_gan/exporting/web/page/live_pose.js";
import { PersonCrop } from "../../deformable_gan/exporting/web/page/person_crop.js";
import {
  atEvenTimes,
  interpolated,
  personStretches,
  smoothed,
} from "../../deformable_gan/exporting/web/page/pose_track.js";
import { retarget } from "../../deformable_gan/exporting/web/page/retarget.js";
import { moveInside, placed, withRoom } from "../../deformable_gan/exporting/web/page/room.js";
import { mirrored, whyUnusable } from "../../deformable_gan/exporting/web/page/skeleton.js";
import { standingPose } from "../../deformable_gan/exporting/web/page/standing_pose.js";
import { largestDifference, numbers, skip } from "./numbers.js";

/** @typedef {import("../../deformable_gan/exporting/web/page/skeleton.js").Pose} Pose */

test("poses are fitted to another person as in Python", { skip }, () => {
  for (const { poses, source, made, crop, moved, room } of numbers.retargeting) {
    const result = retarget(poses, source);
    assert.ok(largestDifference(result, made) < 1e-3);
    const { top, left, height, width, output_size } = crop;
    const own = new PersonCrop(top, left, height, width, output_size);
    const outside = result.map((pose) =>
      own.fromCrop(pose).map((point, j) => (pose[j][2] > 0 ? point : [0, 0, 0])),
    );
    const inside = moveInside(/** @type {Pose[]} */ (outside), 300);
    assert.ok(largestDifference(inside, moved) < 5e-3);
    const wider = withRoom(own, inside, [400, 300]);
    for (const edge of /** @type {const} */ (["top", "left", "height", "width"])) {
      assert.ok(Math.abs(wider[edge] - room[edge]) < 0.02, edge);
    }
  }
});

test("tracks are interpolated, smoothed, resampled and placed as in Python", { skip }, () => {
  for (const track of numbers.tracks) {
    const whole = interpolated(track.poses, track.times);
    assert.ok(largestDifference(whole, track.interpolated) < 1e-4);
    const calm = smoothed(track.interpolated, track.times, 0.07);
    assert.ok(largestDifference(calm, track.smoothed) < 1e-3);
    const even = atEvenTimes(track.smoothed, track.times, 12);
    assert.ok(largestDifference(even, track.even) < 1e-4);
    const moments = even.map((_, i) => i / 12);
    const inside = placed(track.even, moments, track.size, [128, 72]);
    inside.forEach((pose, i) => {
      pose.forEach((point, j) => {
        if (point[2] > 0) assert.ok(largestDifference(point, track.placed[i][j]) < 2e-3);
      });
    });
    assert.deepEqual(personStretches(track.jumping, track.times), track.stretches);
  }
});

test("a mirror image of a mirror image is the pose itself", () => {
  const pose = standingPose([128, 72]);
  assert.ok(largestDifference(mirrored(mirrored(pose, 72), 72), pose) < 1e-12);
  // A right wrist at x = 10 becomes a left wrist at x = 71 - 10.
  pose[10] = [20, 10, 1];
  assert.deepEqual(mirrored(pose, 72)[9], [20, 61, 1]);
});

test("poses without shoulders or hips cannot be used", () => {
  const pose = standingPose([128, 72]);
  assert.equal(whyUnusable(pose), null);
  pose[5] = [0, 0, 0];
  assert.equal(whyUnusable(pose), "a shoulder is not seen");
  for (const joint of [6, 11, 12]) pose[joint] = [0, 0, 0];
  assert.equal(whyUnusable(pose), "no person was found");
});

test("a live pose is steady while the person stands still and follows movements", () => {
  const source = standingPose([128, 72]);
  const live = new LivePose(source);
  /** @type {Pose} */
  const still = standingPose([480, 640]).map(([y, x]) => [y, x, 0.9]);
  let [largest, random] = [0, 1];
  /** @type {Pose | null} */
  let last = null;
  for (let frame = 0; frame < 60; frame++) {
    /** @type {Pose} */
    const trembling = still.map(([y, x, confidence]) => {
      random = (random * 16807) % 2147483647;
      return [y + 6 * (random / 2147483647 - 0.5), x, confidence];
    });
    const next = live.next(trembling, frame / 15, [480, 640], false);
    assert.ok(next);
    if (last && frame > 30) largest = Math.max(largest, largestDifference(next, last));
    last = next;
  }
  // The joints tremble within a range of 6 of 480 pixels, which is 1.6 of 128.
  assert.ok(largest < 0.5, `moves by ${largest}`);
  // A suddenly lifted arm arrives within a third of a second.
  still[9] = [80, still[9][1], 0.9];
  still[7] = [120, still[7][1], 0.9];
  /** @type {Pose | null} */
  let lifted = null;
  for (let frame = 60; frame < 65; frame++)
    lifted = live.next(still, frame / 15, [480, 640], false);
  assert.ok(lifted && lifted[9][0] < source[5][0], "the wrist is above the shoulder");
});

test("a lost joint is kept for a moment and then removed", () => {
  const live = new LivePose(standingPose([128, 72]));
  const pose = standingPose([480, 640]);
  live.next(pose, 0, [480, 640], false);
  pose[9] = [0, 0, 0];
  assert.ok(/** @type {Pose} */ (live.next(pose, 0.1, [480, 640], false))[9][2] > 0);
  assert.equal(/** @type {Pose} */ (live.next(pose, 0.6, [480, 640], false))[9][2], 0);
});
