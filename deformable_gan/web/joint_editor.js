// The joint editor, run by gradio with `element`, `props`, `trigger` and `watch`.
// props.value is the JSON of joint_values.py; coordinates of the drawing are pixels of its image.

const SVG = "http://www.w3.org/2000/svg";
const svg = element.querySelector("svg");

// The joints that move along with a joint.
const CARRIED = {
  nose: ["left_eye", "right_eye", "left_ear", "right_ear"],
  left_shoulder: ["left_elbow", "left_wrist"],
  right_shoulder: ["right_elbow", "right_wrist"],
  left_elbow: ["left_wrist"],
  right_elbow: ["right_wrist"],
  left_hip: ["left_knee", "left_ankle"],
  right_hip: ["right_knee", "right_ankle"],
  left_knee: ["left_ankle"],
  right_knee: ["right_ankle"],
};
const FACE = ["left_eye", "right_eye", "left_ear", "right_ear"];

let pose = null;
let dragged = null; // {joint, start: [y, x] of the pointer, joints: all joints before the drag}
let handles = {}; // the <g> element of each joint
let bones = []; // [first joint, second joint, its lines]

function make(tag, attributes, parent) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent.appendChild(node);
  return node;
}

function side(...joints) {
  const sides = new Set(joints.map((joint) => joint.match(/^(left|right)_/)?.[1] ?? "middle"));
  if (sides.size === 2) sides.delete("middle");
  return sides.size === 1 ? [...sides][0] : "middle";
}

function spoken(joint) {
  return joint.replace("_", " ");
}

// The neck, where a layout has one, lies between the shoulders and is not dragged.
function placeNeck() {
  const { neck, left_shoulder: left, right_shoulder: right } = pose.joints;
  if (neck) [neck[0], neck[1]] = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
}

function build() {
  svg.replaceChildren();
  handles = {};
  bones = [];
  pose = props.value ? JSON.parse(props.value) : null;
  svg.classList.toggle("empty", !pose);
  if (!pose) return;
  const [height, width] = pose.size;
  const unit = Math.max(height, width) / 128;
  svg.setAttribute("viewBox", `-0.5 -0.5 ${width} ${height}`);
  make("image", { href: pose.backdrop, x: -0.5, y: -0.5, width, height }, svg);
  for (const [first, second] of pose.bones) {
    if (!pose.joints[first] || !pose.joints[second]) continue;
    const thin = [first, second].some((joint) => FACE.includes(joint));
    const stroke = (thin ? 0.5 : 0.9) * unit;
    const lines = [
      make("line", { class: "outline", "stroke-width": stroke + 0.7 * unit }, svg),
      make("line", { class: side(first, second), "stroke-width": stroke }, svg),
    ];
    bones.push([first, second, lines]);
  }
  // The face first: where handles overlap, larger ones lie on top.
  const order = (joint) => (FACE.includes(joint) ? 0 : 1);
  const joints = Object.keys(pose.joints).filter((joint) => joint !== "neck");
  for (const joint of joints.sort((a, b) => order(a) - order(b))) {
    const label = spoken(joint);
    const group = make("g", { class: "handle", tabindex: 0, role: "button" }, svg);
    group.dataset.joint = joint;
    const small = FACE.includes(joint);
    make("circle", { class: "reach", r: (small ? 2.2 : 6) * unit }, group);
    make("circle", { class: side(joint), r: (small ? 0.8 : 1.7) * unit }, group);
    make("title", {}, group).textContent = label;
    group.setAttribute("aria-label", label);
    handles[joint] = group;
  }
  draw();
}

function draw() {
  placeNeck();
  for (const [first, second, lines] of bones) {
    const [y1, x1] = pose.joints[first];
    const [y2, x2] = pose.joints[second];
    for (const line of lines) {
      for (const [name, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(name, value);
    }
  }
  for (const [joint, group] of Object.entries(handles)) {
    const [y, x] = pose.joints[joint];
    group.setAttribute("transform", `translate(${x} ${y})`);
  }
}

// Return the pointer's position in pixels of the image.
function place(event) {
  const point = new DOMPoint(event.clientX, event.clientY);
  const { x, y } = point.matrixTransform(svg.getScreenCTM().inverse());
  return [y, x];
}

function nearest(event) {
  const [y, x] = place(event);
  const distance = (joint) => {
    const [jointY, jointX] = pose.joints[joint];
    // A finger on the face usually means the nose, which moves the head.
    return Math.hypot(jointY - y, jointX - x) * (FACE.includes(joint) ? 2 : 1);
  };
  return Object.keys(handles).reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

// Move a joint within the image and, unless `alone`, the joints that move along with it.
function move(joint, from, dy, dx, alone) {
  const [height, width] = pose.size;
  const inside = (value, length) => Math.min(Math.max(value, 0), length - 1);
  for (const name of [joint, ...(alone ? [] : CARRIED[joint] ?? [])]) {
    if (!from[name]) continue;
    const [y, x] = from[name];
    pose.joints[name][0] = inside(y + dy, height);
    pose.joints[name][1] = inside(x + dx, width);
    // A joint that the visitor placed is certain.
    pose.joints[name][2] = 1;
  }
  draw();
}

function release() {
  props.value = JSON.stringify(pose);
  trigger("released");
}

svg.addEventListener("pointerdown", (event) => {
  if (!pose || event.button !== 0 || !event.target.closest(".handle")) return;
  const joint = nearest(event);
  dragged = { joint, start: place(event), joints: structuredClone(pose.joints) };
  svg.setPointerCapture(event.pointerId);
  handles[joint].focus({ preventScroll: true });
  handles[joint].classList.add("dragged");
  event.preventDefault();
});

// A touch that starts on a joint drags it; elsewhere it scrolls the page.
svg.addEventListener(
  "touchstart",
  (event) => {
    if (event.target.closest(".handle")) event.preventDefault();
  },
  { passive: false },
);

svg.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const [y, x] = place(event);
  const [startY, startX] = dragged.start;
  dragged.moved = true;
  move(dragged.joint, dragged.joints, y - startY, x - startX, event.altKey);
});

for (const end of ["pointerup", "pointercancel"]) {
  svg.addEventListener(end, () => {
    if (!dragged) return;
    handles[dragged.joint].classList.remove("dragged");
    const { moved } = dragged;
    dragged = null;
    if (moved) release();
  });
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

svg.addEventListener("keydown", (event) => {
  const joint = event.target.dataset?.joint;
  if (!joint || !ARROWS[event.key]) return;
  const [dy, dx] = ARROWS[event.key];
  const step = event.shiftKey ? 5 : 1;
  move(joint, structuredClone(pose.joints), dy * step, dx * step, event.altKey);
  event.preventDefault();
});

svg.addEventListener("keyup", (event) => {
  if (event.target.dataset?.joint && ARROWS[event.key]) release();
});

watch("value", () => {
  // After release() the value equals the pose that is already drawn.
  if (!dragged && props.value !== (pose && JSON.stringify(pose))) build();
});
build();
