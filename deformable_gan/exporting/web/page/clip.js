import { VisitorError } from "./visitor_error.js";

/** Poses a second that are taken of a clip. */
export const RATE = 12;
/** Seconds of a clip that are taken. */
export const SECONDS = 10;
// Half of a frame at 60 frames a second: the frame that is shown when a moment comes.
const LATER = 1 / 120;
const PATIENCE = 5000;

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
    for (let i = 0; i < count; i++) {
      const time = i / RATE + LATER;
      if (time >= video.duration) break;
      const there = happening(video, "seeked");
      video.currentTime = time;
      await there;
      await look(await createImageBitmap(video), i / RATE, (i + 1) / count);
    }
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
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
          "This browser cannot play that file as a clip. Choose an MP4 or WebM file of another kind.",
        ),
      );
    video.addEventListener(event, () => resolve(), { once: true });
    video.addEventListener("error", fail, { once: true });
    if (event === "loadeddata") setTimeout(fail, 4 * PATIENCE);
  });
}
