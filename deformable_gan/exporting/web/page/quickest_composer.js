import { Composer } from "./compose.js";
import { WebGLComposer } from "./compose_webgl.js";

/**
 * @typedef {import("./compose.js").Parts} Parts
 * @typedef {import("./studio.js").Person} Person
 * @typedef {import("./person_crop.js").PersonCrop} PersonCrop
 */

/** Composes with WebGL or with JavaScript, whichever is faster on this device. */
export class QuickestComposer {
  /**
   * @param {Person} person
   * @param {PersonCrop} crop
   */
  constructor({ photograph, background }, crop) {
    this.plain = new Composer(photograph, crop, background);
    /** @type {WebGLComposer | null} */
    this.graphics = null;
    this.measured = false;
    try {
      this.graphics = new WebGLComposer(photograph, crop, background);
    } catch (error) {
      console.info(`Composing without WebGL: ${error}`);
    }
  }

  /** @returns {"WebGL" | "JavaScript"} The composer in use. */
  get name() {
    return this.graphics ? "WebGL" : "JavaScript";
  }

  /**
   * Compose the photograph with the person in a new pose.
   * @param {Parts} parts
   */
  compose(parts) {
    if (!this.measured) this.measure(parts);
    return (this.graphics ?? this.plain).compose(parts);
  }

  /** @param {Parts} parts */
  measure(parts) {
    this.measured = true;
    const graphics = this.graphics;
    if (!graphics) return;
    graphics.draw(parts); // compiles
    const drawing = seconds(() => graphics.draw(parts));
    this.plain.compose(parts);
    if (drawing <= seconds(() => this.plain.compose(parts))) return;
    graphics.release();
    this.graphics = null;
  }
}

/** @param {() => void} action */
function seconds(action) {
  const start = performance.now();
  action();
  return (performance.now() - start) / 1000;
}
