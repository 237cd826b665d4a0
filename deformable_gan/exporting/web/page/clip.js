import { quantile } from "./body_box.js";
import { VisitorError } from "./visitor_error.js";

/** Poses per second that are taken from a clip, if it has as many frames. */
export const RATE = 12;
/** The number of seconds of a clip that are used. */
export const SECONDS = 10;
// Seconds added to each moment where the browser does not say which frame it shows: half of a frame
// at 60 frames per second.
const LATER = 1 / 120;
// Seconds subtracted, so that of two frames equally near to a moment the earlier one is taken.
const EARLIER = 1 / 1000;
// The second frame's time is searched up to this time and to this precision, in seconds.
const LONGEST_FRAME = 0.5;
const PRECISION = 1 / 240;
// A clip that has not loaded after four times this many milliseconds cannot be played.
const PATIENCE = 5000;
// If a browser has not reported which frame it shows after this many milliseconds, it will not.
const SILENCE = 300;

/**
 * Go through the first SECONDS seconds of a clip and take the frame nearest to every multiple of
 * 1 / RATE seconds, each frame at most once.
 * @param {File} file
 * @param {(frame: ImageBitmap, time: number, share: number) => Promise<void>} look Called with
 *   each frame, its time in seconds and the share of the clip that is done.
 * @returns {Promise<number>} The poses per second: RATE, or the clip's own frame rate where that is
 *   lower.
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
 * Return the first frame's time, and what to add to a moment so that the browser shows the frame
 * that begins nearest to it: half of the first frame's duration.
 * @param {HTMLVideoElement} video
 * @returns {Promise<{first: number, later: number, own: number}>} `first` and `later` are in
 *   seconds. `own` is the frame rate that follows from the first frame's duration; 0 if that
 *   duration is unknown.
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
