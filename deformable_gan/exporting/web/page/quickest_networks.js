import { Networks } from "./networks.js";

/**
 * @typedef {import("./networks.js").About} About
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {import("./skeleton.js").KeyPoint} KeyPoint
 */

// Grey levels by which WebGPU's pictures may differ from WebAssembly's on average.
const ALIKE = 2;

/**
 * Load the networks where they run quickest: on WebGPU, if this device has it, its results are
 * those of WebAssembly, and it is quicker.
 * @param {URL} base
 * @param {About} about
 * @param {number} threads
 * @returns {Promise<Networks>}
 */
export async function quickestNetworks(base, about, threads) {
  const plain = await Networks.load(base, about, "wasm", threads);
  const gpu = /** @type {any} */ (navigator).gpu;
  const adapter = about.runtime.webgpu && (await gpu?.requestAdapter().catch(() => null));
  if (!adapter) return plain;
  try {
    const graphics = await Networks.load(base, about, "webgpu", threads);
    const [own, theirs] = [await tried(plain, about), await tried(graphics, about)];
    const apart = own.image.reduce((sum, value, i) => sum + Math.abs(value - theirs.image[i]), 0);
    if (apart / own.image.length <= ALIKE && theirs.seconds < own.seconds) return graphics;
  } catch (error) {
    console.info(`Computing without WebGPU: ${error}`);
  }
  return plain;
}

/**
 * Run both networks on noise.
 * @param {Networks} networks
 * @param {About} about
 */
async function tried(networks, about) {
  const [height, width] = about.imageSize;
  const data = Uint8ClampedArray.from({ length: 4 * height * width }, (_, i) => (i * 7919) % 251);
  const picture = { width, height, data };
  const pose = about.joints.map(
    (_, j) => /** @type {KeyPoint} */ ([(j * 37) % height, (j * 23) % width, 1]),
  );
  const pixels = new Int32Array(3 * about.movenet.size ** 2);
  /** @type {Uint8Array} */
  let image = new Uint8Array();
  let start = 0;
  for (let round = 0; round < 3; round++) {
    if (round === 1) start = performance.now(); // after compiling
    await networks.findJoints(pixels);
    ({ image } = await networks.generate(picture, pose, pose, picture));
  }
  return { image, seconds: (performance.now() - start) / 1000 };
}
