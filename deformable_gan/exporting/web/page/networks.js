/**
 * The networks, run by LiteRT.js.
 *
 * @typedef {"wasm" | "webgpu"} Device
 * @typedef {import("./compose.js").Parts} Parts
 * @typedef {import("./skeleton.js").KeyPoint} KeyPoint
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {{imageSize: [number, number], joints: string[], background: boolean,
 *   composes: boolean, networks: string[], movenet: {file: string, size: number},
 *   runtime: string}} About  The contents of `page.json`.
 * @typedef {Parts & {image?: Uint8Array}} Generated  `image`, [H, W, 3], is the result of a network
 *   that does not compose; one that composes returns the parts instead.
 * @typedef {{image: Picture, joints: KeyPoint[], background: Picture | null}} Source
 *   The network's input from the photograph, and the joints in the network's layout.
 */

/** @type {Record<string, any>} */
const ARRAYS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array };

/** Networks that run one after the other, ready to run. */
export class Networks {
  /**
   * @param {any} runtime LiteRT.js's module.
   * @param {About} about
   * @param {any[]} models
   * @param {Device} device
   */
  constructor(runtime, about, models, device) {
    this.runtime = runtime;
    this.about = about;
    this.models = models;
    this.device = device;
    /** @type {Source | null} */
    this.source = null;
    /** @type {Record<string, any>} */
    this.kept = {};
  }

  /**
   * Load networks.
   * @param {URL} base Where the page's files lie.
   * @param {About} about
   * @param {string[]} files The networks' files, in the order in which they run.
   * @param {Device} device
   * @param {number} threads
   * @returns {Promise<Networks>}
   */
  static async load(base, about, files, device, threads) {
    const runtime = await import(new URL(about.runtime, base).href);
    const folder = new URL(".", new URL(about.runtime, base)).href;
    const options = device === "webgpu" ? { jspi: true } : { threads: threads > 1 };
    try {
      await runtime.loadLiteRt(folder, options);
    } catch (error) {
      // With threads, LiteRT.js needs newer WebAssembly instructions than older browsers have.
      if (!options.threads) throw error;
      await runtime.loadLiteRt(folder);
    }
    const models = [];
    for (const file of files) {
      const answer = await fetch(new URL(file, base));
      if (!answer.ok) throw new Error(`${file} cannot be loaded: HTTP status ${answer.status}`);
      const content = new Uint8Array(await answer.arrayBuffer());
      models.push(
        await runtime.loadAndCompile(content, {
          accelerator: device,
          cpuOptions: { numThreads: threads },
        }),
      );
    }
    return new Networks(runtime, about, models, device);
  }

  /** Release all memory. */
  release() {
    this.forget();
    for (const model of this.models) model.delete();
    this.runtime.unloadLiteRt();
  }

  /**
   * Run MoveNet.
   * @param {Int32Array} pixels N x N x 3.
   * @returns {Promise<Float32Array>} 17 x 3.
   */
  async findJoints(pixels) {
    const [model] = this.models;
    const [{ name, dtype, shape }] = model.getInputDetails();
    const content = dtype === "int32" ? pixels : new ARRAYS[dtype](pixels);
    const input = this.tensor(content, [...shape]);
    const made = await numbersOf(await model.run({ [name]: input }));
    input.delete();
    return /** @type {Float32Array} */ (Object.values(made)[0]);
  }

  /**
   * Run the generator.
   * @param {Source} source The same object as long as nothing in it changes.
   * @param {KeyPoint[]} targetJoints In the network's layout.
   * @returns {Promise<Generated>}
   */
  async generate(source, targetJoints) {
    await this.see(source);
    const target = this.joints(targetJoints);
    const pose = this.models[this.models.length - 1];
    const made = await numbersOf(
      await pose.run(inputsOf(pose, { ...this.kept, target_keypoints: target })),
    );
    target.delete();
    return /** @type {any} */ (made);
  }

  /**
   * Compute the features that are the same for all poses, unless they are known.
   * @param {Source} source
   */
  async see(source) {
    if (this.source === source) return;
    this.forget();
    const [height, width] = this.about.imageSize;
    const image = (/** @type {Picture} */ picture) =>
      this.tensor(withoutAlpha(picture), [1, height, width, 3]);
    this.kept = {
      source_image: image(source.image),
      source_keypoints: this.joints(source.joints),
      background: image(source.background ?? source.image),
    };
    for (const model of this.models.slice(0, -1)) {
      Object.assign(this.kept, await model.run(inputsOf(model, this.kept)));
    }
    this.source = source;
  }

  forget() {
    for (const tensor of Object.values(this.kept)) tensor.delete();
    this.kept = {};
    this.source = null;
  }

  /**
   * @param {Uint8Array | Int32Array | Float32Array} content
   * @param {number[]} shape
   */
  tensor(content, shape) {
    return this.runtime.Tensor.fromTypedArray(content, shape);
  }

  /** @param {KeyPoint[]} pose */
  joints(pose) {
    return this.tensor(Float32Array.from(pose.flat()), [1, pose.length, 3]);
  }
}

/**
 * Return the tensors that a model takes.
 * @param {any} model
 * @param {Record<string, any>} tensors
 */
function inputsOf(model, tensors) {
  const names = model.getInputDetails().map((/** @type {any} */ one) => one.name);
  return Object.fromEntries(names.map((/** @type {string} */ name) => [name, tensors[name]]));
}

/**
 * Return a model's results as arrays, and release their memory.
 * @param {Record<string, any>} results
 */
async function numbersOf(results) {
  /** @type {Record<string, any>} */
  const numbers = {};
  for (const [name, tensor] of Object.entries(results)) {
    const here = tensor.accelerator === "wasm" ? tensor : await tensor.moveTo("wasm");
    numbers[name] = here.toTypedArray().slice();
    here.delete();
  }
  return numbers;
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
 * Return an image from bytes without alpha.
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
