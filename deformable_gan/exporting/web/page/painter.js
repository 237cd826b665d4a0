import { QuickestComposer } from "./quickest_composer.js";
import { quickestNetworks } from "./quickest_network.js";
import { Studio } from "./studio.js";
import { read, serve } from "./tasks.js";

/**
 * The thread that shows the photograph's person in other poses.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./skeleton.js").Size} Size
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {import("./studio.js").View} View
 */

// The size of the image behind the joint editor, in multiples of the network's size.
const BACKDROP = 4;

/** @type {Studio} */
let studio;
/** @type {QuickestComposer | null} */
let composer = null;

serve({
  /**
   * @param {string} base
   * @param {import("./networks.js").About} about
   * @param {number} threads
   */
  async load(base, about, threads) {
    const networks = await quickestNetworks(new URL(base), about, "model", threads);
    studio = new Studio(networks, (person, crop) => {
      composer?.graphics?.release();
      composer = new QuickestComposer(person, crop);
      return composer;
    });
    return networks.device;
  },

  /**
   * @param {Blob} file
   * @param {Pose} joints In pixels of the photograph.
   */
  async takePerson(file, joints) {
    return shown(studio.takePerson(await read(file), joints));
  },

  /**
   * @param {Pose} joints
   * @param {Size} size
   */
  poseFrom(joints, size) {
    const { pose, view } = studio.poseFrom(joints, size);
    return { pose, view: shown(view) };
  },

  /**
   * @param {Pose[]} found
   * @param {number[]} times
   * @param {Size} size
   * @param {number} rate
   */
  posesOfClip(found, times, size, rate) {
    const { poses, view } = studio.posesOfClip(found, times, size, rate);
    return { poses, view: shown(view) };
  },

  /** @param {Pose} pose */
  repose(pose) {
    return repose(pose, false);
  },

  /**
   * Repose the person; return the result as a JPEG file, and the network's own image.
   * @param {Pose} pose
   */
  async reposeToFile(pose) {
    const { picture, network } = await repose(pose, true, true);
    const surface = new OffscreenCanvas(picture.width, picture.height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (surface.getContext("2d"));
    if (picture instanceof ImageBitmap) context.drawImage(picture, 0, 0);
    else context.putImageData(picture, 0, 0);
    return { file: await surface.convertToBlob({ type: "image/jpeg", quality: 0.93 }), network };
  },

  startLive() {
    studio.startLive();
    return shown(studio.requireView());
  },

  /**
   * @param {Pose} found
   * @param {number} time
   * @param {Size} size
   * @param {boolean} mirror
   */
  liveFrame(found, time, size, mirror) {
    const pose = studio.livePose(found, time, size, mirror);
    return pose && repose(pose, true);
  },

  recentre() {
    studio.live?.forget();
  },
});

/**
 * @param {Pose} pose
 * @param {boolean} live
 * @param {boolean} [own] Whether to return the network's own image, too.
 */
async function repose(pose, live, own = !live) {
  const start = performance.now();
  const made = await studio.generate(pose);
  const generated = performance.now();
  const result = studio.compose(made, live);
  const composing = performance.now() - generated;
  return {
    pose,
    picture: result instanceof ImageBitmap ? result : image(result),
    // The network's own image is not needed while a camera is on.
    network: own ? image(studio.ownPicture(made)) : null,
    composer: live ? (composer?.name ?? "JavaScript") : "JavaScript",
    milliseconds: { network: generated - start, composing },
  };
}

/**
 * Return the enlarged crop of a view and the joints on it, which the page shows.
 * @param {View} view
 */
function shown({ crop, joints }) {
  const { photograph } = studio.requirePerson();
  const [height, width] = studio.size;
  const large = Object.assign(Object.create(Object.getPrototypeOf(crop)), crop, {
    outputSize: [BACKDROP * height, BACKDROP * width],
  });
  return { joints, size: studio.size, backdrop: image(large.apply(photograph)) };
}

/** @param {Picture} picture */
function image({ data, width, height }) {
  return new ImageData(/** @type {any} */ (data), width, height);
}
