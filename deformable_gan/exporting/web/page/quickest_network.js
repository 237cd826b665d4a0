import { Networks } from "./networks.js";

/**
 * @typedef {import("./networks.js").About} About
 * @typedef {import("./skeleton.js").KeyPoint} KeyPoint
 */

// The largest mean difference between the results of WebGPU and WebAssembly, as a fraction of the
// mean absolute value of the results.
const ALIKE = 0.01;

/**
 * Load networks where they run fastest: on WebGPU if this device has it, its results agree with
 * those of WebAssembly to one percent, and it is faster; otherwise on WebAssembly.
 * @param {URL} base
 * @param {About} about
 * @param {"model" | "movenet"} kind
 * @param {number} threads
 * @returns {Promise<Networks>}
 */
export async function quickestNetworks(base, about, kind, threads) {
  const files = kind === "model" ? about.networks : [about.movenet.file];
  const plain = await Networks.load(base, about, files, "wasm", threads);
  const gpu = /** @type {any} */ (navigator).gpu;
  if (!(await gpu?.requestAdapter().catch(() => null))) return plain;
  // Only one variant of LiteRT.js can be loaded at a time.
  const own = await tried(plain, kind);
  plain.release();
  try {
    const graphics = await Networks.load(base, about, files, "webgpu", threads);
    const theirs = await tried(graphics, kind);
    let [apart, size] = [0, 0];
    for (let i = 0; i < own.numbers.length; i++) {
      apart += Math.abs(own.numbers[i] - theirs.numbers[i]);
      size += Math.abs(own.numbers[i]);
    }
    if (apart <= ALIKE * size && theirs.seconds < own.seconds) return graphics;
    graphics.release();
  } catch (error) {
    console.info(`Computing without WebGPU: ${error}`);
  }
  return Networks.load(base, about, files, "wasm", threads);
}

/**
 * Run networks on a test pattern; return their results and the time that two runs take.
 * @param {Networks} networks
 * @param {"model" | "movenet"} kind
 */
async function tried(networks, kind) {
  const { about } = networks;
  const [height, width] = about.imageSize;
  const data = Uint8ClampedArray.from({ length: 4 * height * width }, (_, i) => (i * 7919) % 251);
  const image = { width, height, data };
  const joints = about.joints.map(
    (_, j) => /** @type {KeyPoint} */ ([(j * 37) % height, (j * 23) % width, 1]),
  );
  const source = { image, joints, background: image };
  const pixels = Int32Array.from(
    { length: 3 * about.movenet.size ** 2 },
    (_, i) => (i * 7919) % 251,
  );
  /** @type {ArrayLike<number>} */
  let numbers = [];
  let start = 0;
  for (let round = 0; round < 3; round++) {
    if (round === 1) start = performance.now(); // after compiling
    if (kind === "model") {
      const made = await networks.generate(source, joints);
      numbers = made.image ?? made.drawn;
    } else numbers = await networks.findJoints(pixels);
  }
  return { numbers, seconds: (performance.now() - start) / 1000 };
}
