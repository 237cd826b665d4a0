import { PersonFinder } from "./person_finder.js";
import { quickestNetworks } from "./quickest_network.js";
import { pixelsOf, read, serve } from "./tasks.js";

/**
 * The thread that finds people. It runs in parallel with the thread that shows them, so that the
 * next frame is analysed while the current one is drawn.
 */

/** @type {PersonFinder} */
let finder;

serve({
  /**
   * @param {string} base
   * @param {import("./networks.js").About} about
   * @param {number} threads
   */
  async load(base, about, threads) {
    const networks = await quickestNetworks(new URL(base), about, "movenet", threads);
    finder = new PersonFinder((pixels) => networks.findJoints(pixels), about.movenet.size);
  },

  /** @param {Blob} file */
  async findPerson(file) {
    const picture = await read(file);
    return { ...(await finder.findPerson(picture)), size: [picture.height, picture.width] };
  },

  forget() {
    finder.forget();
  },

  /** @param {ImageBitmap} frame */
  async follow(frame) {
    const start = performance.now();
    const picture = pixelsOf(frame);
    const found = await finder.follow(picture);
    const finding = performance.now() - start;
    return { found, size: [picture.height, picture.width], finding };
  },
});
