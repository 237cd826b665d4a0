import { withAlpha } from "./networks.js";
import { QuickestComposer } from "./quickest_composer.js";
import { quickestNetworks } from "./quickest_networks.js";
import { Studio, VisitorError } from "./studio.js";

/**
 * The thread that computes, so that the page stays responsive. The page calls the functions of
 * `TASKS` by name; answers carry the number of the call.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {import("./studio.js").View} View
 * @typedef {import("./studio.js").Person} Person
 * @typedef {import("./person_crop.js").PersonCrop} PersonCrop
 */

// Larger photographs are read at this size.
const MOST_PIXELS = 12_000_000;
// The picture behind the joint editor, in multiples of the network's size.
const BACKDROP = 4;
// Lines that frames of clips and cameras are scaled down to, as in Python.
const FRAME_HEIGHT = 480;

/** @type {Studio} */
let studio;
/** @type {QuickestComposer | null} */
let composer = null;
/** @type {{found: Pose[], times: number[], size: [number, number]}} */
let clip = { found: [], times: [], size: [1, 1] };
/** @type {OffscreenCanvas} */
let canvas;

/** @type {Record<string, (...args: any[]) => Promise<any>>} */
const TASKS = {
  /**
   * @param {string} base
   * @param {import("./networks.js").About} about
   * @param {number} threads
   */
  async load(base, about, threads) {
    const networks = await quickestNetworks(new URL(base), about, threads);
    studio = new Studio(networks, (person, crop) => {
      composer?.graphics?.release();
      composer = new QuickestComposer(person, crop);
      return composer;
    });
    return networks.device;
  },

  /**
   * @param {Blob} file
   * @param {Pose} [joints] In its pixels, where they are known.
   */
  async takePerson(file, joints) {
    const { view, others } = await studio.takePerson(await read(file), joints);
    return { view: shown(view), others };
  },

  /** @param {Blob} file */
  async poseOfPhotograph(file) {
    const { pose, view } = await studio.poseOfPhotograph(await read(file));
    return { pose, view: shown(view) };
  },

  async startClip() {
    clip = { found: [], times: [], size: [1, 1] };
    studio.finder.forget();
  },

  /**
   * @param {ImageBitmap} frame
   * @param {number} time
   */
  async addFrame(frame, time) {
    const picture = pixelsOf(frame);
    clip.size = [picture.height, picture.width];
    clip.found.push(await studio.finder.follow(picture));
    clip.times.push(time);
  },

  /** @param {number} rate */
  async endClip(rate) {
    const { poses, view } = studio.posesOfClip(clip.found, clip.times, clip.size, rate);
    return { poses, view: shown(view) };
  },

  /** @param {Pose} pose */
  async repose(pose) {
    return repose(pose, false);
  },

  /**
   * Re-pose, and return a compressed picture.
   * @param {Pose} pose
   */
  async reposeToFile(pose) {
    const { picture } = await repose(pose, true);
    const surface = new OffscreenCanvas(picture.width, picture.height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (surface.getContext("2d"));
    if (picture instanceof ImageBitmap) context.drawImage(picture, 0, 0);
    else context.putImageData(picture, 0, 0);
    return surface.convertToBlob({ type: "image/jpeg", quality: 0.93 });
  },

  async startLive() {
    studio.startLive();
    return { view: shown(studio.requireView()) };
  },

  /**
   * @param {ImageBitmap} frame
   * @param {number} time
   * @param {boolean} mirror
   */
  async liveFrame(frame, time, mirror) {
    const start = performance.now();
    const pose = await studio.livePose(pixelsOf(frame), time, mirror);
    const finding = performance.now() - start;
    if (!pose) return { pose: null, milliseconds: { finding } };
    const made = await repose(pose, true);
    return { ...made, milliseconds: { finding, ...made.milliseconds } };
  },

  async recentre() {
    studio.live?.forget();
  },
};

/**
 * @param {Pose} pose
 * @param {boolean} live
 */
async function repose(pose, live) {
  const start = performance.now();
  const made = await studio.generate(pose);
  const generated = performance.now();
  const result = studio.compose(made, live);
  const composing = performance.now() - generated;
  const picture =
    result instanceof ImageBitmap
      ? result
      : new ImageData(/** @type {any} */ (result.data), result.width, result.height);
  return {
    pose,
    picture,
    network: live ? null : image(withAlpha(made.image, ...studio.size)),
    composer: live ? (composer?.name ?? "JavaScript") : "JavaScript",
    milliseconds: { network: generated - start, composing },
  };
}

/**
 * Return what the page shows of a view: the crop in large, and the joints on it.
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

/**
 * Read a photograph, upright and opaque.
 * @param {Blob} file
 * @returns {Promise<Picture>}
 */
async function read(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new VisitorError(
      "This file is not a picture that this browser can read. Choose a JPEG, PNG or WebP file.",
    );
  }
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  return pixelsOf(bitmap, scale);
}

/**
 * @param {ImageBitmap} bitmap It is closed.
 * @param {number} [scale] By default to at most 480 lines.
 * @returns {Picture}
 */
function pixelsOf(bitmap, scale = Math.min(1, FRAME_HEIGHT / bitmap.height)) {
  const [width, height] = [bitmap.width, bitmap.height].map((length) =>
    Math.max(1, Math.round(length * scale)),
  );
  if (canvas?.width !== width || canvas?.height !== height) {
    canvas = new OffscreenCanvas(width, height);
  }
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

self.addEventListener("message", async ({ data: { id, name, args } }) => {
  try {
    const value = await TASKS[name](...args);
    const moved = value?.picture instanceof ImageBitmap ? [value.picture] : [];
    postMessage({ id, value }, /** @type {any} */ (moved));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    postMessage({ id, error: { message, expected: error instanceof VisitorError } });
  }
});
