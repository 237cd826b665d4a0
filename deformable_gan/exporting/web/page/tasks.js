import { VisitorError } from "./visitor_error.js";

/**
 * The common part of the worker threads: answering the page's calls by name, and reading images.
 *
 * @typedef {import("./resample.js").Picture} Picture
 */

// Photographs with more pixels than this are shrunk to this number when they are read.
const MOST_PIXELS = 12_000_000;
// Frames of clips and cameras are shrunk to this height if they are taller, as in Python.
const FRAME_HEIGHT = 480;

/** @type {OffscreenCanvas | undefined} */
let canvas;

/**
 * Answer the page's calls; each answer carries the number of its call.
 * @param {Record<string, (...args: any[]) => any>} tasks
 */
export function serve(tasks) {
  self.addEventListener("message", async ({ data: { id, name, args } }) => {
    try {
      const value = await tasks[name](...args);
      const moved = value?.picture instanceof ImageBitmap ? [value.picture] : [];
      postMessage({ id, value }, /** @type {any} */ (moved));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      postMessage({ id, error: { message, expected: error instanceof VisitorError } });
    }
  });
}

/**
 * Read a photograph, upright and opaque.
 * @param {Blob} file
 * @returns {Promise<Picture>}
 * @throws {VisitorError} The browser cannot read it.
 */
export async function read(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new VisitorError(
      "This browser cannot read that file as an image. Choose a JPEG, PNG or WebP file.",
    );
  }
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  return pixelsOf(bitmap, scale);
}

/**
 * Return the pixels of a frame.
 * @param {ImageBitmap} bitmap The frame, which is closed after it has been read.
 * @param {number} [scale] By default, frames are shrunk to a height of at most 480 pixels.
 * @returns {Picture}
 */
export function pixelsOf(bitmap, scale = Math.min(1, FRAME_HEIGHT / bitmap.height)) {
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
