import { Network } from "./networks.js";

/**
 * @typedef {import("./networks.js").About} About
 * @typedef {import("./skeleton.js").KeyPoint} KeyPoint
 */

// By how much WebGPU's numbers may differ from WebAssembly's on average, as a share of their size.
const ALIKE = 0.01;

/**
 * Load a network where it runs quickest: on WebGPU, if this device has it, its results are those
 * of WebAssembly, and it is quicker.
 * @param {URL} base
 * @param {About} about
 * @param {"model" | "movenet"} kind
 * @param {number} threads
 * @returns {Promise<Network>}
 */
export async function quickestNetwork(base, about, kind, threads) {
  const file = kind === "model" ? about.model : about.movenet.file;
  const plain = await Network.load(base, about, file, "wasm", threads);
  const gpu = /** @type {any} */ (navigator).gpu;
  const adapter = about.runtime.webgpu && (await gpu?.requestAdapter().catch(() => null));
  if (!adapter) return plain;
  try {
    const graphics = await Network.load(base, about, file, "webgpu", threads);
    const [own, theirs] = [await tried(plain, kind), await tried(graphics, kind)];
    let [apart, size] = [0, 0];
    for (let i = 0; i < own.numbers.length; i++) {
      apart += Math.abs(own.numbers[i] - theirs.numbers[i]);
      size += Math.abs(own.numbers[i]);
    }
    if (apart <= ALIKE * size && theirs.seconds < own.seconds) return graphics;
  } catch (error) {
    console.info(`Computing without WebGPU: ${error}`);
  }
  return plain;
}

/**
 * Run a network on a pattern.
 * @param {Network} network
 * @param {"model" | "movenet"} kind
 */
async function tried(network, kind) {
  const { about } = network;
  const [height, width] = about.imageSize;
  const data = Uint8ClampedArray.from({ length: 4 * height * width }, (_, i) => (i * 7919) % 251);
  const picture = { width, height, data };
  const pose = about.joints.map(
    (_, j) => /** @type {KeyPoint} */ ([(j * 37) % height, (j * 23) % width, 1]),
  );
  const pixels = Int32Array.from(
    { length: 3 * about.movenet.size ** 2 },
    (_, i) => (i * 7919) % 251,
  );
  /** @type {ArrayLike<number>} */
  let numbers = [];
  let start = 0;
  for (let round = 0; round < 3; round++) {
    if (round === 1) start = performance.now(); // after compiling
    numbers =
      kind === "model"
        ? (await network.generate(picture, pose, pose, picture)).image
        : await network.findJoints(pixels);
  }
  return { numbers, seconds: (performance.now() - start) / 1000 };
}
