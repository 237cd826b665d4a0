import {
  composedWindow,
  decisionFor,
  FADE,
  LEAST_LOGARITHM,
  REGION_COUNT,
  toPhotograph,
} from "./compose.js";

/**
 * @typedef {import("./compose.js").Parts} Parts
 * @typedef {import("./resample.js").Picture} Picture
 * @typedef {import("./person_crop.js").PersonCrop} PersonCrop
 */

const VERTICES = `#version 300 es
void main() {
  // One triangle that covers everything.
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const FRAGMENTS = `#version 300 es
precision highp float;
precision highp sampler2DArray;
uniform sampler2D photograph;
uniform sampler2D behind;
uniform sampler2DArray weights;  // logarithms of four candidates per layer
uniform sampler2D drawn;
uniform vec3 across[${REGION_COUNT}];
uniform vec3 down[${REGION_COUNT}];
uniform vec4 crop;  // top, left, height, width
uniform vec4 composed;  // the window's top, left, bottom, right
uniform ivec2 size;  // of the photograph: width, height
uniform ivec2 network;
uniform int candidates;
uniform float least;
out vec4 colour;

vec4 cubic(float distance) {
  // Weights of the four neighbours (Keys 1981, a = -1/2).
  float t = distance;
  return vec4(
    ((-0.5 * t + 1.0) * t - 0.5) * t,
    (1.5 * t - 2.5) * t * t + 1.0,
    ((-1.5 * t + 2.0) * t + 0.5) * t,
    (0.5 * t - 0.5) * t * t
  );
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x - 0.5, float(size.y) - 0.5 - gl_FragCoord.y);
  colour = texelFetch(photograph, ivec2(pixel + 0.5), 0);
  if (pixel.y < composed.x || pixel.x < composed.y || pixel.y >= composed.z || pixel.x >= composed.w)
    return;
  vec2 place = (pixel - crop.yx) / (crop.wz / vec2(network)) - 0.5;
  vec2 beyond = max(max(-0.5 - place, place - (vec2(network) - 0.5)), 0.0);
  vec2 share = max(1.0 - beyond / ${FADE.toFixed(1)}, 0.0);
  share = share * share * (3.0 - 2.0 * share);
  vec2 inside = clamp(place, vec2(0.0), vec2(network) - 1.0);
  ivec2 first = ivec2(floor(inside));
  vec4 horizontal = cubic(fract(inside.x));
  vec4 vertical = cubic(fract(inside.y));
  vec4 logarithms[4] = vec4[4](vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
  vec3 invented = vec3(0.0);
  for (int j = 0; j < 4; j++) {
    for (int i = 0; i < 4; i++) {
      ivec2 at = clamp(first + ivec2(i - 1, j - 1), ivec2(0), network - 1);
      float weight = horizontal[i] * vertical[j];
      for (int layer = 0; layer < 4; layer++)
        logarithms[layer] += weight * texelFetch(weights, ivec3(at, layer), 0);
      invented += weight * texelFetch(drawn, at, 0).rgb;
    }
  }
  vec3 image = vec3(0.0);
  float total = 0.0;
  for (int k = 0; k < candidates; k++) {
    float logarithm = logarithms[k / 4][k % 4];
    if (logarithm < least) continue;
    float weight = exp(logarithm);
    vec3 candidate = invented;
    if (k < ${REGION_COUNT}) {
      vec3 point = vec3(pixel, 1.0);
      vec2 from = vec2(dot(across[k], point), dot(down[k], point));
      candidate = texture(photograph, (from + 0.5) / vec2(size)).rgb;
    } else if (k == candidates - 2) {
      candidate = colour.rgb;
    } else if (k < candidates - 2) {
      candidate = texelFetch(behind, ivec2(pixel + 0.5), 0).rgb;
    }
    image += weight * candidate;
    total += weight;
  }
  if (total > 0.0) colour.rgb += share.x * share.y * (image / total - colour.rgb);
}`;

/** Composes poses of one person in one photograph as `Composer` does, on the graphics card. */
export class WebGLComposer {
  /**
   * @param {Picture} photograph
   * @param {PersonCrop} crop
   * @param {Picture | null} background
   * @throws {Error} There is no WebGL 2, the photograph is too large for it, or a shader fails.
   */
  constructor(photograph, crop, background) {
    const { width, height } = photograph;
    this.crop = crop;
    this.canvas = new OffscreenCanvas(width, height);
    const gl = this.canvas.getContext("webgl2", { alpha: false, antialias: false });
    if (!gl) throw new Error("this browser has no WebGL 2");
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    if (Math.max(width, height) > most) throw new Error(`WebGL allows ${most} pixels per side`);
    this.gl = gl;
    this.program = link(gl);
    gl.useProgram(this.program);
    this.upload(0, "photograph", photograph);
    this.upload(1, "behind", background ?? photograph);
    for (const [unit, name] of [
      [2, "weights"],
      [3, "drawn"],
    ]) {
      gl.uniform1i(this.at(String(name)), Number(unit));
    }
    const [rows, columns] = crop.outputSize;
    const window = composedWindow(crop, photograph);
    const [bottom, right] = [window.top + window.height, window.left + window.width];
    gl.uniform4f(this.at("crop"), crop.top, crop.left, crop.height, crop.width);
    gl.uniform4f(this.at("composed"), window.top, window.left, bottom, right);
    gl.uniform2i(this.at("size"), width, height);
    gl.uniform2i(this.at("network"), columns, rows);
    this.decision = decisionFor(crop);
    gl.uniform1f(this.at("least"), Math.log(1 / 1024) * this.decision);
    this.textures = [gl.createTexture(), gl.createTexture()];
  }

  /** @param {string} name */
  at(name) {
    return this.gl.getUniformLocation(this.program, name);
  }

  /**
   * Compose the photograph with the person in a new pose.
   * @param {Parts} parts
   * @returns {ImageBitmap}
   */
  compose(parts) {
    this.draw(parts);
    return this.canvas.transferToImageBitmap();
  }

  /**
   * Compose, and wait until the graphics card has finished.
   * @param {Parts} parts
   */
  draw(parts) {
    const { gl } = this;
    const [height, width] = this.crop.outputSize;
    const candidates = parts.weights.length / (height * width);
    const logarithms = new Float32Array(4 * 4 * height * width);
    for (let i = 0; i < height * width; i++) {
      for (let k = 0; k < candidates; k++) {
        const logarithm = Math.max(Math.log(parts.weights[candidates * i + k]), LEAST_LOGARITHM);
        logarithms[4 * (Math.floor(k / 4) * height * width + i) + (k % 4)] =
          logarithm * this.decision;
      }
    }
    const drawn = new Float32Array(4 * height * width);
    for (let i = 0; i < height * width; i++) {
      for (let c = 0; c < 3; c++) drawn[4 * i + c] = (parts.drawn[3 * i + c] + 1) / 2;
    }
    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.textures[0]);
    exact(gl, gl.TEXTURE_2D_ARRAY);
    gl.texImage3D(
      ...[gl.TEXTURE_2D_ARRAY, 0, gl.RGBA32F, width, height, 4, 0],
      ...[gl.RGBA, gl.FLOAT, /** @type {any} */ (logarithms)],
    );
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[1]);
    exact(gl, gl.TEXTURE_2D);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, height, 0, gl.RGBA, gl.FLOAT, drawn);
    const matrices = toPhotograph(parts.transforms, this.crop);
    const [across, down] = [0, 3].map((start) =>
      Float32Array.from(
        { length: 3 * REGION_COUNT },
        (_, i) => matrices[6 * Math.floor(i / 3) + start + (i % 3)],
      ),
    );
    gl.uniform3fv(this.at("across"), across);
    gl.uniform3fv(this.at("down"), down);
    gl.uniform1i(this.at("candidates"), candidates);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  /**
   * @param {number} unit
   * @param {string} name
   * @param {Picture} picture
   */
  upload(unit, name, picture) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    const { width, height } = picture;
    const bytes = new Uint8Array(picture.data.buffer, picture.data.byteOffset, picture.data.length);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    gl.uniform1i(this.at(name), unit);
  }

  /** Release the graphics card's memory. */
  release() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {number} target
 */
function exact(gl, target) {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
}

/** @param {WebGL2RenderingContext} gl */
function link(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTICES],
    [gl.FRAGMENT_SHADER, FRAGMENTS],
  ]) {
    const shader = gl.createShader(Number(kind));
    if (!shader) throw new Error("WebGL cannot create a shader");
    gl.shaderSource(shader, String(source));
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`the shaders do not compile: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}
