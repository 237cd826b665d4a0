import { quantile } from "./body_box.js";
import { VisitorError } from "./visitor_error.js";

/** Poses a second that are taken of a clip, if it has so many frames. */
export const RATE = 12;
/** The number of seconds of a clip that are used. */
export const SECONDS = 10;
// Half of a frame at 60 frames a second: where the browser does not say which frame it shows.
const LATER = 1 / 120;
// Of two frames equally near to a moment the earlier one is taken.
const EARLIER = 1 / 1000;
// The first two frames are not looked for beyond this time, in seconds, and to this precision.
const LONGEST_FRAME = 0.5;
const PRECISION = 1 / 240;
const PATIENCE = 5000;
// Milliseconds after which a browser will not report which frame it shows.
const SILENCE = 300;

/**
 * Go through the frames of a clip: for every multiple of 1 / RATE the nearest one, each at most once.
 * @param {File} file
 * @param {(frame: ImageBitmap, time: number, share: number) => Promise<void>} look Called with
 *   each frame, its time in seconds and the share of the clip that is done.
 * @returns {Promise<number>} Poses a second to take: RATE, or the clip's own frames a second where
 *   these are fewer.
 * @throws {VisitorError} The browser cannot play the file.
 */
export async function readClip(file, look) {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  const address = URL.createObjectURL(file);
  try {
    video.src = address;
    await happening(video, "loadeddata");
    const length = Math.min(Number.isFinite(video.duration) ? video.duration : SECONDS, SECONDS);
    const count = Math.max(1, Math.floor(length * RATE + 0.05));
    const { first, later, own } = await firstFrames(video);
    /** @type {number[]} */
    const times = [];
    for (let i = 0; i < count; i++) {
      const moment = first + i / RATE + later;
      if (moment >= video.duration && i) break;
      const time = (await seek(video, moment)) ?? i / RATE;
      if (time - first >= SECONDS) break;
      if (times.length && time <= times[times.length - 1]) continue; // the clip has fewer frames
      times.push(time);
      await look(await createImageBitmap(video), time, (i + 1) / count);
    }
    const steps = times.slice(1).map((time, i) => time - times[i]);
    return Math.min(RATE, Math.max(own, steps.length ? 1 / quantile(steps, 0.5) : RATE));
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
}

/**
 * Return when the first frame is shown, and how much later than a moment the frame nearest to it is
 * still shown: half as long as the first frame.
 * @param {HTMLVideoElement} video
 * @returns {Promise<{first: number, later: number, own: number}>} In seconds; and how many frames
 *   as long as the first make a second, 0 where the browser does not say.
 */
async function firstFrames(video) {
  const first = await seek(video, LATER);
  let next = first === null ? null : await seek(video, Math.min(LONGEST_FRAME, video.duration / 2));
  if (first === null || next === null || next <= first) {
    return { first: first ?? 0, later: LATER, own: 0 };
  }
  let same = first;
  while (next - same > PRECISION) {
    const middle = (same + next) / 2;
    const time = await seek(video, middle);
    if (time === null) return { first, later: LATER, own: 0 };
    if (time > first) next = time;
    else same = middle;
  }
  return { first, later: (next - first) / 2 - EARLIER, own: 1 / (next - first) };
}

/**
 * Show the frame of a moment.
 * @param {HTMLVideoElement} video
 * @param {number} moment In seconds.
 * @returns {Promise<number | null>} The frame's own time; null where the browser does not say.
 */
async function seek(video, moment) {
  const there = happening(video, "seeked");
  const shown = timeOfFrame(video);
  video.currentTime = moment;
  await there;
  return shown;
}

/**
 * Return the time of the next frame that is shown, in seconds, or null where the browser does not
 * say.
 * @param {HTMLVideoElement} video
 * @returns {Promise<number | null>}
 */
function timeOfFrame(video) {
  if (!("requestVideoFrameCallback" in video)) return Promise.resolve(null);
  return new Promise((resolve) => {
    video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime));
    video.addEventListener("seeked", () => setTimeout(() => resolve(null), SILENCE), {
      once: true,
    });
  });
}

/**
 * @param {HTMLVideoElement} video
 * @param {string} event
 * @returns {Promise<void>}
 */
function happening(video, event) {
  return new Promise((resolve, reject) => {
    const fail = () =>
      reject(
        new VisitorError(
          "This browser cannot play that file as a clip. Choose another MP4 or WebM file.",
        ),
      );
    video.addEventListener(event, () => resolve(), { once: true });
    video.addEventListener("error", fail, { once: true });
    if (event === "loadeddata") setTimeout(fail, 4 * PATIENCE);
  });
}
