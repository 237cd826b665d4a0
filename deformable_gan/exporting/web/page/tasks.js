import { VisitorError } from "./visitor_error.js";

/**
 * The common part of both computing threads: tasks that the page calls by name, and images.
 *
 * @typedef {import("./resample.js").Picture} Picture
 */

// Larger photographs are read at this size.
const MOST_PIXELS = 12_000_000;
// The most lines of frames of clips and cameras, as in Python.
const FRAME_HEIGHT = 480;

/** @type {OffscreenCanvas | undefined} */
let canvas;

/**
 * Answer the page's calls; answers carry the number of the call.
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
 * @param {ImageBitmap} bitmap It is closed.
 * @param {number} [scale] By default to at most 480 lines.
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
