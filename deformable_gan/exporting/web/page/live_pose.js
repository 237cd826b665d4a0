import { extentOfPose } from "./body_box.js";
import { retarget } from "./retarget.js";
import { keepSeen, mirrored, SEEN, whyUnusable } from "./skeleton.js";

/**
 * The pose of a person in front of a camera, smoothed and fitted to the person of the photograph.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").KeyPoint} KeyPoint
 * @typedef {import("./skeleton.js").Size} Size
 */

// The "one euro" filter (Casiez, Roussel and Vogel, CHI 2012): a low-pass filter whose cut-off
// frequency rises with the speed, in body heights per second.
const STILL_FREQUENCY = 1.2;
const FREQUENCY_PER_SPEED = 8;
const SPEED_FREQUENCY = 1;
// A joint that is not seen keeps its position for this many seconds.
const HELD = 0.4;
// The bone lengths and the position of the person at the camera are estimated from the last
// REFERENCES poses that are at least this many seconds apart.
const REFERENCE_STEP = 0.25;
const REFERENCES = 48;

/** Follows one person in front of a camera. */
export class LivePose {
  /** @param {Pose} source The pose of the photograph's person, in the image of the results. */
  constructor(source) {
    this.source = source;
    /** @type {{point: KeyPoint, speed: [number, number], time: number}[]} */
    this.tracks = [];
    /** @type {Pose[]} */
    this.references = [];
    this.lastReference = Number.NEGATIVE_INFINITY;
    this.height = 1;
  }

  /** Forget the person, so that the next poses count as those of a new person. */
  forget() {
    this.tracks = [];
    this.references = [];
    this.lastReference = Number.NEGATIVE_INFINITY;
  }

  /**
   * Return the next pose of the photograph's person, or null if a shoulder or a hip is not seen.
   * @param {Pose} found As MoveNet found it in the camera's image.
   * @param {number} time In seconds.
   * @param {Size} size Of the camera's image.
   * @param {boolean} mirror Whether the image is shown mirrored.
   * @returns {Pose | null} In the image of the source's pose; joints may lie outside.
   */
  next(found, time, size, mirror) {
    const seen = keepSeen(found, size, SEEN);
    if (whyUnusable(seen)) return null;
    const calm = this.smooth(mirror ? mirrored(seen, size[1]) : seen, time);
    if (time - this.lastReference >= REFERENCE_STEP) {
      this.lastReference = time;
      this.references.push(calm);
      if (this.references.length > REFERENCES) this.references.shift();
    }
    return retarget([calm], this.source, this.references)[0];
  }

  /**
   * @param {Pose} pose
   * @param {number} time
   * @returns {Pose}
   */
  smooth(pose, time) {
    const box = extentOfPose(pose);
    if (box) this.height = Math.max(box.bottom - box.top, 1);
    return pose.map((point, joint) => {
      const track = this.tracks[joint];
      if (point[2] <= 0) {
        return track && time - track.time <= HELD ? track.point : [0, 0, 0];
      }
      const seconds = track ? time - track.time : Number.POSITIVE_INFINITY;
      if (!track || seconds > HELD || seconds <= 0) {
        this.tracks[joint] = { point: [...point], speed: [0, 0], time };
        return [...point];
      }
      const blend = share(SPEED_FREQUENCY, seconds);
      const speed = /** @type {[number, number]} */ (
        [0, 1].map((axis) => {
          const now = (point[axis] - track.point[axis]) / seconds / this.height;
          return track.speed[axis] + blend * (now - track.speed[axis]);
        })
      );
      const frequency = STILL_FREQUENCY + FREQUENCY_PER_SPEED * Math.hypot(...speed);
      const follow = share(frequency, seconds);
      /** @type {KeyPoint} */
      const calm = [
        track.point[0] + follow * (point[0] - track.point[0]),
        track.point[1] + follow * (point[1] - track.point[1]),
        point[2],
      ];
      this.tracks[joint] = { point: calm, speed, time };
      return calm;
    });
  }
}

/**
 * Return the share of a new value in a low-pass filter's state.
 * @param {number} frequency Its cut-off, in hertz.
 * @param {number} seconds Since the previous value.
 */
function share(frequency, seconds) {
  const time = 1 / (2 * Math.PI * frequency);
  return seconds / (seconds + time);
}
