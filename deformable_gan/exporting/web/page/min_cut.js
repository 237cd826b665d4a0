/**
 * The cheapest cut that separates the pixels of a grid into two sets: Boykov and Kolmogorov, "An
 * experimental comparison of min-cut/max-flow algorithms for energy minimization", PAMI 2004.
 *
 * Two trees grow from the source and from the sink. Where they meet, flow is pushed along the path
 * between the roots. Nodes whose edge to their parent is then saturated look for another parent.
 */

const NEIGHBOURS = 8;
// The values of `parent` that are not directions.
const [NONE, ROOT, ORPHAN] = [-1, -2, -3];
const FAR = 2 ** 30;

/** A grid of pixels, each joined to its eight neighbours, to a source and to a sink. */
export class GridCut {
  /**
   * @param {number} height
   * @param {number} width
   */
  constructor(height, width) {
    // One node of margin on all sides, so that every node has eight neighbours.
    this.stride = width + 2;
    const count = (height + 2) * this.stride;
    this.count = count;
    // Directions 0 to 3 are left, upper left, up and upper right; 7 - d is opposite to d.
    const { stride } = this;
    this.offsets = [-1, -stride - 1, -stride, -stride + 1, stride - 1, stride, stride + 1, 1];
    /** The remaining capacity from each node in each direction. */
    this.residual = new Float64Array(NEIGHBOURS * count);
    /** The remaining capacity from the source (positive) or to the sink (negative). */
    this.terminal = new Float64Array(count);
    this.parent = new Int8Array(count).fill(NONE);
    this.inSink = new Uint8Array(count);
    this.distance = new Int32Array(count);
    this.stamp = new Int32Array(count);
    /** @type {number[]} */
    this.orphans = [];
    // A ring buffer of nodes whose neighbours have to be examined.
    this.queue = new Int32Array(count + 1);
    this.queued = new Uint8Array(count);
    this.head = 0;
    this.tail = 0;
    this.time = 0;
  }

  /**
   * @param {number} y
   * @param {number} x
   */
  nodeAt(y, x) {
    return (y + 1) * this.stride + x + 1;
  }

  /**
   * Set how much more a node costs in the sink's set than in the source's set.
   * @param {number} node
   * @param {number} cost
   */
  setTerminal(node, cost) {
    this.terminal[node] = cost;
  }

  /**
   * Set the cost of separating a node from its neighbour.
   * @param {number} node
   * @param {number} direction 0 to 3: left, upper left, up, upper right.
   * @param {number} cost
   */
  join(node, direction, cost) {
    this.residual[NEIGHBOURS * node + direction] = cost;
    this.residual[NEIGHBOURS * (node + this.offsets[direction]) + 7 - direction] = cost;
  }

  /**
   * Find the cut.
   * @returns {(node: number) => boolean} Whether a node is in the source's set.
   */
  solve() {
    for (let node = 0; node < this.count; node++) {
      if (this.terminal[node] === 0) continue;
      this.parent[node] = ROOT;
      this.inSink[node] = this.terminal[node] < 0 ? 1 : 0;
      this.distance[node] = 1;
      this.enqueue(node);
    }
    for (let edge = this.grow(); edge; edge = this.grow()) {
      this.augment(edge.node, edge.direction);
      this.time += 1;
      while (this.orphans.length) this.adopt(/** @type {number} */ (this.orphans.pop()));
    }
    return (node) => !this.inSink[node];
  }

  /** @param {number} node */
  enqueue(node) {
    if (this.queued[node]) return;
    this.queued[node] = 1;
    this.queue[this.tail] = node;
    this.tail = (this.tail + 1) % this.queue.length;
  }

  /**
   * Grow the trees until they meet.
   * @returns {{node: number, direction: number} | null} An edge from the source's tree to the
   *   sink's, or null.
   */
  grow() {
    const { parent, inSink, distance, stamp, residual, offsets } = this;
    while (this.head !== this.tail) {
      const node = this.queue[this.head];
      if (parent[node] !== NONE) {
        const sink = inSink[node];
        for (let d = 0; d < NEIGHBOURS; d++) {
          const other = node + offsets[d];
          // Flow runs away from the source, and towards the sink.
          if (!(sink ? residual[NEIGHBOURS * other + 7 - d] : residual[NEIGHBOURS * node + d]))
            continue;
          if (parent[other] === NONE) {
            inSink[other] = sink;
            parent[other] = 7 - d;
            stamp[other] = stamp[node];
            distance[other] = distance[node] + 1;
            this.enqueue(other);
          } else if (inSink[other] !== sink) {
            return sink ? { node: other, direction: 7 - d } : { node, direction: d };
          } else if (stamp[other] <= stamp[node] && distance[other] > distance[node] + 1) {
            parent[other] = 7 - d;
            stamp[other] = stamp[node];
            distance[other] = distance[node] + 1;
          }
        }
      }
      this.queued[node] = 0;
      this.head = (this.head + 1) % this.queue.length;
    }
    return null;
  }

  /**
   * Push as much flow as fits along the path through an edge.
   * @param {number} node Of the source's tree.
   * @param {number} direction To a node of the sink's tree.
   */
  augment(node, direction) {
    const { parent, residual, terminal, offsets } = this;
    const ends = [node, node + offsets[direction]];
    let flow = residual[NEIGHBOURS * node + direction];
    ends.forEach((end, sink) => {
      let at = end;
      for (; parent[at] >= 0; at += offsets[parent[at]]) {
        flow = Math.min(flow, residual[edgeOf(at, parent[at], sink, offsets)]);
      }
      flow = Math.min(flow, Math.abs(terminal[at]));
    });
    residual[NEIGHBOURS * node + direction] -= flow;
    residual[NEIGHBOURS * ends[1] + 7 - direction] += flow;
    ends.forEach((end, sink) => {
      let at = end;
      while (parent[at] >= 0) {
        const d = parent[at];
        const next = at + offsets[d];
        residual[edgeOf(at, d, 1 - sink, offsets)] += flow;
        const edge = edgeOf(at, d, sink, offsets);
        residual[edge] -= flow;
        if (residual[edge] === 0) this.abandon(at);
        at = next;
      }
      terminal[at] -= sink ? -flow : flow;
      if (terminal[at] === 0) this.abandon(at);
    });
  }

  /** @param {number} node */
  abandon(node) {
    this.parent[node] = ORPHAN;
    this.orphans.push(node);
  }

  /**
   * Look for a new parent of a node in its tree. Without one the node leaves the tree, and its
   * children become orphans.
   * @param {number} node
   */
  adopt(node) {
    const { parent, inSink, residual, offsets, stamp, distance } = this;
    const sink = inSink[node];
    let [best, nearest] = [NONE, FAR];
    for (let d = 0; d < NEIGHBOURS; d++) {
      const other = node + offsets[d];
      if (!residual[edgeOf(node, d, sink, offsets)]) continue;
      if (inSink[other] !== sink || parent[other] === NONE) continue;
      const apart = this.distanceToRoot(other);
      if (apart < nearest) [best, nearest] = [d, apart];
    }
    parent[node] = best;
    if (best !== NONE) {
      stamp[node] = this.time;
      distance[node] = nearest + 1;
      return;
    }
    stamp[node] = 0;
    for (let d = 0; d < NEIGHBOURS; d++) {
      const other = node + offsets[d];
      if (inSink[other] !== sink || parent[other] === NONE) continue;
      if (residual[edgeOf(node, d, sink, offsets)]) this.enqueue(other);
      if (parent[other] === 7 - d) this.abandon(other);
    }
  }

  /**
   * Return how many nodes the path from a node to its tree's root has, or FAR without a root.
   * @param {number} start
   */
  distanceToRoot(start) {
    const { parent, stamp, distance, offsets, time } = this;
    let node = start;
    let steps = 0;
    while (stamp[node] !== time) {
      if (parent[node] === ORPHAN || parent[node] === NONE) return FAR;
      if (parent[node] === ROOT) {
        stamp[node] = time;
        distance[node] = 1;
        break;
      }
      node += offsets[parent[node]];
      steps += 1;
    }
    const total = steps + distance[node];
    // The distance is kept for the next orphans.
    for (node = start, steps = total; stamp[node] !== time; node += offsets[parent[node]]) {
      stamp[node] = time;
      distance[node] = steps--;
    }
    return total;
  }
}

/**
 * Return the edge on which flow runs between a node and its parent. In the source's tree it runs
 * from the parent to the node, in the sink's tree from the node to the parent.
 * @param {number} node
 * @param {number} d Towards the parent.
 * @param {number} sink 1 for the sink's tree, 0 for the source's.
 * @param {number[]} offsets
 */
function edgeOf(node, d, sink, offsets) {
  return sink ? NEIGHBOURS * node + d : NEIGHBOURS * (node + offsets[d]) + 7 - d;
}
