import { VisitorError } from "./visitor_error.js";

/** Poses a second that are taken of a clip. */
export const RATE = 12;
/** The number of seconds of a clip that are used. */
export const SECONDS = 10;
// Half of a frame at 60 frames a second: the frame that is shown when a moment comes.
const LATER = 1 / 120;
const PATIENCE = 5000;
// Milliseconds after which a browser will not report which frame it shows.
const SILENCE = 300;

/**
 * Go through the frames of a clip.
 * @param {File} file
 * @param {(frame: ImageBitmap, time: number, share: number) => Promise<void>} look Called with
 *   each frame, its time in seconds and the share of the clip that is done.
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
    let last = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const moment = i / RATE + LATER;
      if (moment >= video.duration) break;
      const there = happening(video, "seeked");
      const shown = timeOfFrame(video);
      video.currentTime = moment;
      await there;
      const time = (await shown) ?? i / RATE;
      if (time <= last) continue; // the clip has fewer frames
      last = time;
      await look(await createImageBitmap(video), time, (i + 1) / count);
    }
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
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
