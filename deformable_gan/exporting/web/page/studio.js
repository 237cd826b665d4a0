import { boxOfPose, boxWithin } from "./body_box.js";
import { Composer } from "./compose.js";
import { fillHole } from "./fill_hole.js";
import { LivePose } from "./live_pose.js";
import { withAlpha } from "./networks.js";
import { PersonCrop } from "./person_crop.js";
import { personOutline } from "./person_outline.js";
import { atEvenTimes, trackOf } from "./pose_track.js";
import { shrunk } from "./resample.js";
import { retarget } from "./retarget.js";
import { moveInside, placed, stretchedPoses, withRoom } from "./room.js";
import { inLayout, keepSeen } from "./skeleton.js";
import { VisitorError } from "./visitor_error.js";

/**
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {import("./networks.js").Networks} Networks
 * @typedef {import("./networks.js").Generated} Generated
 * @typedef {import("./networks.js").Source} Source
 * @typedef {import("./compose.js").Parts} Parts
 * @typedef {{compose: (parts: Parts) => Picture | ImageBitmap}} AnyComposer
 * @typedef {{photograph: Picture, background: Picture | null, joints: Pose}} Person
 *   A photograph, the photograph without the person, and the person's joints in pixels of the
 *   photograph.
 * @typedef {{crop: PersonCrop, source: Source, joints: Pose}} View
 *   The network's input: a crop of the photograph, and the joints in the crop's pixels.
 */

// Photographs with more pixels are shrunk to this number of pixels before they are composed.
const MOST_PIXELS = 4_000_000;

/** Holds the person of a photograph, fits poses to the person and computes the results. */
export class Studio {
  /**
   * @param {Networks} networks
   * @param {((person: Person, crop: PersonCrop) => AnyComposer) | null} [makeComposer] Makes
   *   the composer of live results; null for the composer in JavaScript.
   */
  constructor(networks, makeComposer = null) {
    this.networks = networks;
    this.makeComposer = makeComposer;
    this.size = networks.about.imageSize;
    /** @type {Person | null} */
    this.person = null;
    /** @type {View | null} */
    this.view = null;
    /** @type {Composer | null} */
    this.composer = null;
    /** @type {AnyComposer | null} */
    this.liveComposer = null;
    /** @type {LivePose | null} */
    this.live = null;
  }

  /**
   * Choose the photograph and the person whose pose is changed.
   * @param {Picture} photograph
   * @param {Pose} joints The person's joints in pixels of the photograph.
   * @returns {View}
   */
  takePerson(photograph, joints) {
    const { width, height } = photograph;
    const background = this.networks.about.background
      ? fillHole(photograph, personOutline(photograph, joints).data)
      : null;
    this.person = { photograph, background, joints };
    const box = boxWithin(/** @type {any} */ (boxOfPose(joints)), [height, width]);
    const crop = PersonCrop.around(box, this.size).fitted([height, width]);
    const exact = width === this.size[1] && height === this.size[0];
    this.see(exact ? PersonCrop.whole(this.size) : crop);
    this.live = null;
    return this.requireView();
  }

  /**
   * Choose the crop of the photograph that the network sees.
   * @param {PersonCrop} crop
   */
  see(crop) {
    const { photograph, background, joints } = this.requirePerson();
    const present = joints.map((point) => point[2] > 0);
    const inside = crop.toCrop(joints).map((point, j) => (present[j] ? point : [0, 0, 0]));
    const seen = keepSeen(/** @type {Pose} */ (inside), this.size, 0);
    const source = {
      image: crop.apply(photograph),
      joints: inLayout(seen, this.networks.about.joints),
      background: background && crop.apply(background),
    };
    this.view = { crop, source, joints: seen };
    this.composer = null;
    this.liveComposer = null;
  }

  /** @returns {Person} */
  requirePerson() {
    if (!this.person) throw new VisitorError("Choose a photograph of a person first.");
    return this.person;
  }

  /** @returns {View} */
  requireView() {
    this.requirePerson();
    return /** @type {View} */ (this.view);
  }

  /**
   * Return a pose found in an image, fitted to the photograph's person.
   * @param {Pose} joints
   * @param {Size} size The size of that image.
   * @returns {{pose: Pose, view: View}} The pose in pixels of the view, and the view, whose crop
   *   may have grown.
   */
  poseFrom(joints, size) {
    const [pose] = this.fit(placed([joints], [0], size, this.size));
    return { pose, view: this.requireView() };
  }

  /**
   * Return the poses of a clip, fitted to the photograph's person.
   * @param {Pose[]} found The poses found in the frames, as `PersonFinder.follow` returns them.
   * @param {number[]} times The times of the frames, in seconds.
   * @param {Size} size The size of the frames.
   * @param {number} rate Poses per second.
   * @returns {{poses: Pose[], view: View}}
   */
  posesOfClip(found, times, size, rate) {
    const track = trackOf(found, times, size);
    if (!track.poses.length) {
      throw new VisitorError(
        `No person with both shoulders and both hips in view was found in any of ` +
          `the ${found.length} frames of this clip. Choose another clip.`,
      );
    }
    const even = atEvenTimes(track.poses, track.times, rate);
    const moments = even.map((_, i) => i / rate);
    return { poses: this.fit(placed(even, moments, size, this.size)), view: this.requireView() };
  }

  /**
   * Fit poses to the proportions, the size and the position of the person in the photograph, and
   * choose a wider crop if the poses need more room.
   * @param {Pose[]} poses
   * @returns {Pose[]} In pixels of the view.
   */
  fit(poses) {
    const { photograph } = this.requirePerson();
    const { crop, joints } = this.requireView();
    const size = /** @type {Size} */ ([photograph.height, photograph.width]);
    const fitted = retarget(poses, joints);
    const outside = moveInside(
      fitted.map((pose) => onlyPresent(crop.fromCrop(pose), pose)),
      size[1],
    );
    if (photograph.height !== this.size[0] || photograph.width !== this.size[1]) {
      const wider = withRoom(crop, outside, size);
      if (wider !== crop) this.see(wider);
    }
    return outside.map((pose) => this.inView(pose));
  }

  /**
   * @param {Pose} pose In pixels of the photograph.
   * @returns {Pose} In pixels of the view; joints outside are missing.
   */
  inView(pose) {
    const inside = onlyPresent(this.requireView().crop.toCrop(pose), pose);
    return keepSeen(inside, this.size, 0);
  }

  /** Prepare for a live camera: make room for stretched arms. */
  startLive() {
    const { photograph, joints } = this.requirePerson();
    const size = /** @type {Size} */ ([photograph.height, photograph.width]);
    const { crop } = this.requireView();
    const wider = withRoom(crop, stretchedPoses(joints), size);
    if (wider !== crop) this.see(wider);
    this.live = new LivePose(joints);
  }

  /**
   * Return the pose of the photograph's person that follows a person in front of a camera.
   * @param {Pose} found The pose found in the camera's image.
   * @param {number} time In seconds.
   * @param {Size} size The size of the camera's image.
   * @param {boolean} mirror
   * @returns {Pose | null} In pixels of the view; null while nobody is seen.
   */
  livePose(found, time, size, mirror) {
    if (!this.live) this.startLive();
    const pose = this.live?.next(found, time, size, mirror);
    return pose ? this.inView(pose) : null;
  }

  /**
   * Run the network.
   * @param {Pose} pose In pixels of the view.
   * @returns {Promise<Generated>}
   */
  async generate(pose) {
    const joints = inLayout(pose, this.networks.about.joints);
    return this.networks.generate(this.requireView().source, joints);
  }

  /**
   * Return the result at the network's size.
   * @param {Generated} made
   * @returns {Picture}
   */
  ownPicture(made) {
    if (made.image) return withAlpha(made.image, ...this.size);
    const { image, background } = this.requireView().source;
    return new Composer(image, PersonCrop.whole(this.size), background).compose(made);
  }

  /**
   * Return the result at the photograph's size, with at most MOST_PIXELS pixels; at the network's
   * size if the network does not compose.
   * @param {Generated} made
   * @param {boolean} [live] Whether speed matters more than size.
   * @returns {Picture | ImageBitmap}
   */
  compose(made, live = false) {
    if (!this.networks.about.composes) return this.ownPicture(made);
    if (live && this.makeComposer) {
      this.liveComposer ??= this.makeComposer(...this.limited());
      return this.liveComposer.compose(made);
    }
    if (!this.composer) {
      const [{ photograph, background }, crop] = this.limited();
      this.composer = new Composer(photograph, crop, background);
    }
    return this.composer.compose(made);
  }

  /** @returns {[Person, PersonCrop]} The person and the crop at the size of the results. */
  limited() {
    const person = this.requirePerson();
    const { crop } = this.requireView();
    const { height, width } = person.photograph;
    const scale = Math.sqrt(MOST_PIXELS / (height * width));
    if (scale >= 1) return [person, crop];
    const size = [height, width].map((length) => Math.max(1, Math.floor(length * scale)));
    const smaller = (/** @type {Picture} */ picture) => shrunk(picture, size[0], size[1]);
    return [
      {
        ...person,
        photograph: smaller(person.photograph),
        background: person.background && smaller(person.background),
      },
      crop.resized(size[0] / height, size[1] / width),
    ];
  }
}

/**
 * @param {Pose} pose
 * @param {Pose} like
 * @returns {Pose} The pose without the joints that are missing in `like`.
 */
function onlyPresent(pose, like) {
  return pose.map((point, j) => (like[j][2] > 0 ? point : [0, 0, 0]));
}
