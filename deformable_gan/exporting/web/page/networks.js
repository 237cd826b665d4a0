/**
 * The two networks, run by ONNX Runtime Web.
 *
 * @typedef {"wasm" | "webgpu"} Device
 * @typedef {import("./compose.js").Parts} Parts
 * @typedef {import("./skeleton.js").KeyPoint} KeyPoint
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {{imageSize: [number, number], joints: string[], background: boolean,
 *   composes: boolean, model: string,
 *   movenet: {file: string, size: number, input: string, output: string, type: string},
 *   runtime: {wasm: string, webgpu: string | null}}} About  What `page.json` says.
 * @typedef {Parts & {image: Uint8Array}} Generated `image` is the network's own, [H, W, 3].
 */

/** @type {Record<string, any>} */
const ARRAYS = { uint8: Uint8Array, float32: Float32Array };

/** One of the page's networks, ready to run. */
export class Network {
  /**
   * @param {any} runtime ONNX Runtime's module.
   * @param {About} about
   * @param {any} session
   * @param {Device} device
   */
  constructor(runtime, about, session, device) {
    this.runtime = runtime;
    this.about = about;
    this.session = session;
    this.device = device;
  }

  /**
   * Load a network.
   * @param {URL} base Where the page's files lie.
   * @param {About} about
   * @param {string} file The network's.
   * @param {Device} device
   * @param {number} threads
   * @returns {Promise<Network>}
   */
  static async load(base, about, file, device, threads) {
    const module = about.runtime[device];
    if (!module) throw new Error(`this page holds no runtime for ${device}`);
    const runtime = await import(new URL(module, base).href);
    runtime.env.wasm.numThreads = threads;
    runtime.env.wasm.wasmPaths = new URL("runtime/", base).href;
    runtime.env.logLevel = "error";
    const answer = await fetch(new URL(file, base));
    if (!answer.ok) throw new Error(`${file} cannot be loaded: ${answer.status}`);
    const content = new Uint8Array(await answer.arrayBuffer());
    const options = { executionProviders: [device] };
    const session = await runtime.InferenceSession.create(content, options);
    return new Network(runtime, about, session, device);
  }

  /**
   * Run MoveNet.
   * @param {Int32Array} pixels N x N x 3.
   * @returns {Promise<Float32Array>} 17 x 3.
   */
  async findJoints(pixels) {
    const { size, input, output, type } = this.about.movenet;
    const { Tensor } = this.runtime;
    const content = type === "int32" ? pixels : new (ARRAYS[type] ?? Float32Array)(pixels);
    const made = await this.session.run({ [input]: new Tensor(type, content, [1, size, size, 3]) });
    return made[output].data;
  }

  /**
   * Run the generator.
   * @param {Picture} source At the network's size.
   * @param {KeyPoint[]} sourceJoints In the network's layout.
   * @param {KeyPoint[]} targetJoints
   * @param {Picture | null} background
   * @returns {Promise<Generated>}
   */
  async generate(source, sourceJoints, targetJoints, background) {
    const { Tensor } = this.runtime;
    const [height, width] = this.about.imageSize;
    const image = (/** @type {Picture} */ picture) =>
      new Tensor("uint8", withoutAlpha(picture), [1, height, width, 3]);
    const joints = (/** @type {KeyPoint[]} */ pose) =>
      new Tensor("float32", Float32Array.from(pose.flat()), [1, pose.length, 3]);
    const made = await this.session.run({
      source_image: image(source),
      source_keypoints: joints(sourceJoints),
      target_keypoints: joints(targetJoints),
      ...(this.about.background ? { background: image(background ?? source) } : {}),
    });
    return {
      image: made.image.data,
      weights: made.weights?.data,
      drawn: made.drawn?.data,
      transforms: made.transforms?.data,
    };
  }
}

/** @param {Picture} picture */
function withoutAlpha({ width, height, data }) {
  const bytes = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < bytes.length; from += 4, to += 3) {
    bytes[to] = data[from];
    bytes[to + 1] = data[from + 1];
    bytes[to + 2] = data[from + 2];
  }
  return bytes;
}

/**
 * Return a picture of bytes without alpha.
 * @param {ArrayLike<number>} bytes [H, W, 3]
 * @param {number} height
 * @param {number} width
 * @returns {Picture}
 */
export function withAlpha(bytes, height, width) {
  const data = new Uint8ClampedArray(height * width * 4).fill(255);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    data[to] = bytes[from];
    data[to + 1] = bytes[from + 1];
    data[to + 2] = bytes[from + 2];
  }
  return { width, height, data };
}
