import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clustersOf,
  RandomNumbers,
} from "../../deformable_gan/exporting/web/page/colour_clusters.js";
import { GridCut } from "../../deformable_gan/exporting/web/page/min_cut.js";

test("the cut that is found costs no more than any other", () => {
  // All 512 cuts of grids of 3 x 3 pixels are tried.
  const random = new RandomNumbers(7);
  for (let round = 0; round < 50; round++) {
    const graph = new GridCut(3, 3);
    const terminals = Array.from({ length: 9 }, () => 10 * random.share() - 5);
    /** @type {[number, number, number][]} */
    const edges = [];
    terminals.forEach((cost, i) => {
      const [y, x] = [Math.floor(i / 3), i % 3];
      graph.setTerminal(graph.nodeAt(y, x), cost);
      [
        [0, -1],
        [-1, -1],
        [-1, 0],
        [-1, 1],
      ].forEach(([down, right], direction) => {
        const [v, u] = [y + down, x + right];
        if (v < 0 || u < 0 || u > 2) return;
        const weight = 4 * random.share();
        graph.join(graph.nodeAt(y, x), direction, weight);
        edges.push([i, 3 * v + u, weight]);
      });
    });
    const inSource = graph.solve();
    const cost = (/** @type {(i: number) => boolean} */ source) =>
      terminals.reduce(
        (sum, terminal, i) => sum + (source(i) === terminal > 0 ? 0 : Math.abs(terminal)),
        0,
      ) + edges.reduce((sum, [i, j, weight]) => sum + (source(i) === source(j) ? 0 : weight), 0);
    const found = cost((i) => inSource(graph.nodeAt(Math.floor(i / 3), i % 3)));
    const least = Math.min(
      ...Array.from({ length: 512 }, (_, cut) => cost((i) => Boolean((cut >> i) & 1))),
    );
    assert.ok(Math.abs(found - least) < 1e-9);
  }
});

test("the first random number is that of OpenCV's multiply-with-carry generator", () => {
  // From the definition: state = low * 4164903690 + high, beginning with 2 ** 32 - 1.
  const random = new RandomNumbers(0);
  assert.equal(random.whole(), Number((0xffffffffn * 4164903690n) & 0xffffffffn));
});

test("colours that are far apart form separate clusters", () => {
  const corners = [
    [10, 10, 10],
    [240, 10, 10],
    [10, 240, 10],
  ];
  const colours = Float32Array.from({ length: 90 }, (_, i) => corners[Math.floor(i / 30)][i % 3]);
  const labels = clustersOf(colours, 3, new RandomNumbers(1));
  assert.equal(new Set(labels).size, 3);
  labels.forEach((label, i) => {
    assert.equal(label, labels[10 * Math.floor(i / 10)]);
  });
});

test("a single colour belongs to cluster 0, even if more clusters are asked for", () => {
  assert.deepEqual([...clustersOf(Float32Array.of(1, 2, 3), 5, new RandomNumbers())], [0]);
});
