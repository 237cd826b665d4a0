import { clustersOf, RandomNumbers } from "./colour_clusters.js";
import { COMPONENTS, ColourMixture } from "./colour_mixture.js";
import { GridCut } from "./min_cut.js";

/**
 * Separation of a foreground from a background by colour: one iteration of Rother, Kolmogorov and
 * Blake, "GrabCut", SIGGRAPH 2004, as in OpenCV's `grabCut`.
 *
 * @typedef {import("./drawing.js").Area} Area
 */

/** What is known about a pixel. */
export const [BACKGROUND, FOREGROUND, MAYBE_BACKGROUND, MAYBE_FOREGROUND] = [0, 1, 2, 3];
// The cost of separating neighbours of the same colour, and the cost of changing a known pixel.
const SMOOTHNESS = 50;
const CERTAIN = 9 * SMOOTHNESS;
// Left, upper left, up, upper right: as in `GridCut`.
const DIRECTIONS = [
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
];

/**
 * Return the pixels of the foreground.
 * @param {Float32Array} colours [height * width, 3]
 * @param {Uint8Array} labels What is known about each pixel.
 * @param {number} height
 * @param {number} width
 * @returns {Area}
 */
export function grabCut(colours, labels, height, width) {
  const random = new RandomNumbers();
  const [behind, front] = [0, 1].map((side) => mixtureOf(colours, labels, side, random));
  const graph = new GridCut(height, width);
  const contrast = contrastOf(colours, height, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const node = graph.nodeAt(y, x);
      graph.setTerminal(node, preference(colours, i, labels[i], behind, front));
      DIRECTIONS.forEach(([down, right], d) => {
        if (y + down < 0 || x + right < 0 || x + right >= width) return;
        const square = squareBetween(colours, i, i + down * width + right);
        const near = SMOOTHNESS / (d % 2 ? Math.SQRT2 : 1);
        graph.join(node, d, near * Math.exp(-contrast * square));
      });
    }
  }
  const inFront = graph.solve();
  const data = labels.map((label, i) => {
    if (label === BACKGROUND || label === FOREGROUND) return label;
    return Number(inFront(graph.nodeAt(Math.floor(i / width), i % width)));
  });
  return { width, height, data };
}

/**
 * Learn the colours of one side.
 * @param {Float32Array} colours
 * @param {Uint8Array} labels
 * @param {number} side 1 for the foreground.
 * @param {RandomNumbers} random
 */
function mixtureOf(colours, labels, side, random) {
  const own = [];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] % 2 === side) own.push(colours[3 * i], colours[3 * i + 1], colours[3 * i + 2]);
  }
  const sample = Float32Array.from(own);
  const first = new ColourMixture(sample, clustersOf(sample, COMPONENTS, random));
  const components = new Uint8Array(sample.length / 3);
  for (let i = 0; i < components.length; i++) {
    components[i] = first.componentOf(sample[3 * i], sample[3 * i + 1], sample[3 * i + 2]);
  }
  return new ColourMixture(sample, components);
}

/**
 * Return the cost of a pixel as background minus its cost as foreground.
 * @param {Float32Array} colours
 * @param {number} i
 * @param {number} label
 * @param {ColourMixture} behind
 * @param {ColourMixture} front
 */
function preference(colours, i, label, behind, front) {
  if (label === BACKGROUND) return -CERTAIN;
  if (label === FOREGROUND) return CERTAIN;
  const [red, green, blue] = colours.subarray(3 * i, 3 * i + 3);
  // Colours so rare that both densities are zero favour neither side.
  const least = Number.MIN_VALUE;
  return (
    Math.log(Math.max(front.density(red, green, blue), least)) -
    Math.log(Math.max(behind.density(red, green, blue), least))
  );
}

/**
 * Return the factor c: separating neighbours with a squared colour difference d costs exp(-c d)
 * times as much as separating neighbours of the same colour.
 * @param {Float32Array} colours
 * @param {number} height
 * @param {number} width
 */
function contrastOf(colours, height, width) {
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [down, right] of DIRECTIONS) {
        if (y + down < 0 || x + right < 0 || x + right >= width) continue;
        const i = y * width + x;
        sum += squareBetween(colours, i, i + down * width + right);
      }
    }
  }
  const pairs = 4 * width * height - 3 * width - 3 * height + 2;
  return sum > 0 ? pairs / (2 * sum) : 0;
}

/**
 * @param {Float32Array} colours
 * @param {number} i
 * @param {number} j
 */
function squareBetween(colours, i, j) {
  const red = colours[3 * i] - colours[3 * j];
  const green = colours[3 * i + 1] - colours[3 * j + 1];
  const blue = colours[3 * i + 2] - colours[3 * j + 2];
  return red * red + green * green + blue * blue;
}
