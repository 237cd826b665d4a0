/**
 * Clustering of colours: k-means, initialised by k-means++ (Arthur and Vassilvitskii 2007). The
 * precision and the random numbers are those of OpenCV's `kmeans`, so both find the same clusters.
 */

const TRIALS = 3;
const ROUNDS = 10;

/**
 * OpenCV's random number generator, a multiply-with-carry generator.
 */
export class RandomNumbers {
  /** @param {number} [seed] */
  constructor(seed = 0) {
    this.state = BigInt(seed || 0xffffffff);
  }

  /** @returns {number} A whole number of 32 bits. */
  whole() {
    const low = this.state & 0xffffffffn;
    this.state = low * 4164903690n + (this.state >> 32n);
    return Number(this.state & 0xffffffffn);
  }

  /** @returns {number} From 0 to below 1. */
  share() {
    const high = BigInt(this.whole());
    return Number((high << 32n) | BigInt(this.whole())) * 2 ** -64;
  }
}

/**
 * Return the cluster of each colour.
 * @param {Float32Array} colours [N, 3]
 * @param {number} wanted How many clusters; with fewer colours, one for each colour.
 * @param {RandomNumbers} random
 * @returns {Uint8Array} [N]
 */
export function clustersOf(colours, wanted, random) {
  const count = colours.length / 3;
  const clusters = Math.min(wanted, count);
  const labels = new Uint8Array(count);
  let centres = firstCentres(colours, clusters, random);
  const rounds = clusters === 1 ? 2 : ROUNDS;
  for (let round = 1; round < rounds; round++) {
    for (let i = 0; i < count; i++) labels[i] = nearest(colours, i, centres, clusters);
    const moved = meansOf(colours, labels, clusters);
    let farthest = 0;
    for (let k = 0; k < clusters; k++) {
      let square = 0;
      for (let c = 3 * k; c < 3 * k + 3; c++) square += (moved[c] - centres[c]) ** 2;
      farthest = Math.max(farthest, square);
    }
    centres = moved;
    if (farthest <= 2 ** -46) break; // OpenCV's FLT_EPSILON, squared
  }
  return labels;
}

/**
 * @param {Float32Array} colours
 * @param {number} clusters
 * @param {RandomNumbers} random
 */
function firstCentres(colours, clusters, random) {
  const count = colours.length / 3;
  const chosen = [random.whole() % count];
  let distances = new Float32Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    distances[i] = squareBetween(colours, 3 * i, colours, 3 * chosen[0]);
    sum += distances[i];
  }
  while (chosen.length < clusters) {
    let [best, bestSum, bestDistances] = [0, Number.POSITIVE_INFINITY, distances];
    for (let trial = 0; trial < TRIALS; trial++) {
      // Colours far from the chosen ones are more likely.
      let left = random.share() * sum;
      let candidate = 0;
      for (; candidate < count - 1; candidate++) {
        left -= distances[candidate];
        if (left <= 0) break;
      }
      const tried = new Float32Array(count);
      let triedSum = 0;
      for (let i = 0; i < count; i++) {
        const square = squareBetween(colours, 3 * i, colours, 3 * candidate);
        tried[i] = Math.min(square, distances[i]);
        triedSum += tried[i];
      }
      if (triedSum < bestSum) [best, bestSum, bestDistances] = [candidate, triedSum, tried];
    }
    chosen.push(best);
    [sum, distances] = [bestSum, bestDistances];
  }
  return Float32Array.from(chosen.flatMap((i) => [...colours.subarray(3 * i, 3 * i + 3)]));
}

/**
 * @param {Float32Array} colours
 * @param {number} i
 * @param {Float32Array} centres
 * @param {number} clusters
 */
function nearest(colours, i, centres, clusters) {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let k = 0; k < clusters; k++) {
    const square = squareBetween(colours, 3 * i, centres, 3 * k);
    if (square < least) [best, least] = [k, square];
  }
  return best;
}

/**
 * Return the mean colour of each cluster. An empty cluster takes one colour from the largest
 * cluster: the colour farthest from that cluster's mean.
 * @param {Float32Array} colours
 * @param {Uint8Array} labels
 * @param {number} clusters
 */
function meansOf(colours, labels, clusters) {
  const sums = new Float32Array(3 * clusters);
  const counts = new Int32Array(clusters);
  for (let i = 0; i < labels.length; i++) {
    const to = 3 * labels[i];
    for (let c = 0; c < 3; c++) sums[to + c] += colours[3 * i + c];
    counts[labels[i]] += 1;
  }
  for (let k = 0; k < clusters; k++) {
    if (counts[k]) continue;
    const largest = counts.indexOf(Math.max(...counts));
    const mean = scaled(sums.subarray(3 * largest, 3 * largest + 3), counts[largest]);
    let [farthest, most] = [-1, 0];
    labels.forEach((label, i) => {
      if (label !== largest) return;
      const square = squareBetween(colours, 3 * i, mean, 0);
      if (square >= most) [farthest, most] = [i, square];
    });
    counts[largest] -= 1;
    counts[k] = 1;
    labels[farthest] = k;
    for (let c = 0; c < 3; c++) {
      sums[3 * largest + c] -= colours[3 * farthest + c];
      sums[3 * k + c] += colours[3 * farthest + c];
    }
  }
  for (let k = 0; k < clusters; k++) {
    sums.set(scaled(sums.subarray(3 * k, 3 * k + 3), counts[k]), 3 * k);
  }
  return sums;
}

/**
 * @param {Float32Array} sums
 * @param {number} count
 */
function scaled(sums, count) {
  const scale = Math.fround(1 / count);
  return sums.map((sum) => sum * scale);
}

/**
 * Return the squared distance of two colours, rounded to float32 at each step.
 * @param {Float32Array} first
 * @param {number} i
 * @param {Float32Array} second
 * @param {number} j
 */
function squareBetween(first, i, second, j) {
  const red = Math.fround(first[i] - second[j]);
  const green = Math.fround(first[i + 1] - second[j + 1]);
  const blue = Math.fround(first[i + 2] - second[j + 2]);
  const sum = Math.fround(Math.fround(red * red) + Math.fround(green * green));
  return Math.fround(sum + Math.fround(blue * blue));
}
