import { attachJointEditor } from "./joint_editor.js";
import { regionOutlines } from "./region_geometry.js";
import { BONES, JOINTS } from "./skeleton.js";

/**
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {{joints: Pose, size: [number, number], backdrop: ImageData}} ShownView
 */

/** An editor of a pose: the visitor drags the joints, which are drawn over the photograph. */
export class Editor {
  /**
   * @param {Element} element The element that holds the drawing.
   * @param {SVGSVGElement} regions The layer over the drawing for outlines of the body regions.
   * @param {(pose: Pose) => void} released Called with the pose when a joint is released.
   */
  constructor(element, regions, released) {
    this.regions = regions;
    this.props = { value: "" };
    /** @type {(() => void)[]} */
    this.watchers = [];
    /** @type {[number, number]} */
    this.size = [128, 72];
    this.backdrop = "";
    attachJointEditor(
      element,
      this.props,
      () => {
        this.outline(this.pose);
        released(this.pose);
      },
      (_, changed) => this.watchers.push(changed),
    );
  }

  /** @returns {Pose} The current pose, in pixels of the view. */
  get pose() {
    const { joints } = JSON.parse(this.props.value);
    return JOINTS.map((joint) => joints[joint] ?? [0, 0, 0]);
  }

  /**
   * Take a view's image as the backdrop of the poses that are shown from now on.
   * @param {ShownView} view
   */
  see({ size, backdrop }) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [backdrop.width, backdrop.height];
    canvas.getContext("2d")?.putImageData(backdrop, 0, 0);
    this.size = size;
    this.backdrop = canvas.toDataURL("image/jpeg", 0.9);
  }

  /**
   * Show a pose.
   * @param {Pose} pose In pixels of the view.
   */
  show(pose) {
    const joints = Object.fromEntries(
      JOINTS.map((joint, j) => [joint, pose[j]]).filter(([, point]) => Number(point[2]) > 0),
    );
    this.props.value = JSON.stringify({
      size: this.size,
      joints,
      bones: BONES,
      backdrop: this.backdrop,
    });
    for (const changed of this.watchers) changed();
    this.outline(pose);
  }

  /**
   * Outline the regions that move independently.
   * @param {Pose} pose
   */
  outline(pose) {
    const [height, width] = this.size;
    this.regions.setAttribute("viewBox", `-0.5 -0.5 ${width} ${height}`);
    this.regions.replaceChildren(
      ...regionOutlines(pose).map(({ region, corners }) => {
        const polygon = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
        polygon.setAttribute("points", corners.map(([y, x]) => `${x},${y}`).join(" "));
        polygon.dataset.region = region;
        return polygon;
      }),
    );
  }
}
