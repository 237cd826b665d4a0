import { Camera } from "./camera.js";
import { readClip, SECONDS } from "./clip.js";
import { Computer } from "./computer.js";
import { Editor } from "./editor.js";
import { workOffline } from "./offline.js";
import { download, Recorder } from "./recorder.js";
import { whyUnusable } from "./skeleton.js";
import { standingPose } from "./standing_pose.js";
import { VisitorError } from "./visitor_error.js";

/**
 * The page, and its reactions when something is chosen, dragged, dropped or pasted.
 *
 * @typedef {import("./skeleton.js").Pose} Pose
 * @typedef {{finding?: number, network?: number, composing?: number}} Milliseconds
 */

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
const finder = new Computer("finder.js");
const painter = new Computer("painter.js");
const camera = new Camera($("camera"));
const recorder = new Recorder($("picture"));
const editor = new Editor($("pose"), $("regions"), (pose) => show(pose));
/** The pose, network images and times of the last result, for tests and benchmarks. */
const last = {
  network: /** @type {ImageData | null} */ (null),
  networks: /** @type {ImageData[]} */ ([]),
  pose: /** @type {Pose | null} */ (null),
  count: 0,
  rate: 0,
  milliseconds: {},
};
Object.assign(window, { lastResult: last });

/** @type {Pose} */
let ownPose;
/** @type {Pose | null} */
let wanted = null;
let busy = false;
/** @type {Blob[]} */
let frames = [];
let clipRate = 1; // frames a second
let turn = 0;
let live = false;
let device = "";

/** @param {string} sentence */
function say(sentence) {
  $("status").textContent = sentence;
}

/**
 * Run an action that may fail, and show its error as a sentence.
 * @param {string} doing The status during the action.
 * @param {() => Promise<void>} action
 */
async function attempt(doing, action) {
  $("problem").hidden = true;
  say(doing);
  document.body.setAttribute("aria-busy", "true");
  try {
    await action();
  } catch (error) {
    const said = error instanceof VisitorError;
    if (!said) console.error(error);
    const reason = error instanceof Error ? error.message : String(error);
    $("problem").textContent = said ? reason : `Something went wrong: ${reason}. Reload the page.`;
    $("problem").hidden = false;
    say("");
  } finally {
    document.body.removeAttribute("aria-busy");
    $("progress").hidden = true;
  }
}

/** @param {ImageData | ImageBitmap} picture */
function draw(picture) {
  const canvas = $("picture");
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    [canvas.width, canvas.height] = [picture.width, picture.height];
  }
  const context = canvas.getContext("2d");
  if (picture instanceof ImageData) context.putImageData(picture, 0, 0);
  else context.drawImage(picture, 0, 0);
  if (picture instanceof ImageBitmap) picture.close();
  $("save").disabled = false;
  $("record").disabled = false;
}

/**
 * Show the person in a pose. If several poses follow quickly, only the last one is shown.
 * @param {Pose} pose In pixels of the view.
 */
async function show(pose) {
  stopClip();
  wanted = pose;
  if (busy) return;
  busy = true;
  await attempt("Computing …", async () => {
    while (wanted) {
      const now = wanted;
      wanted = null;
      const reason = whyUnusable(now);
      if (reason) throw new VisitorError(`The pose cannot be used: ${reason}.`);
      const made = await painter.call("repose", now);
      draw(made.picture);
      const { network, milliseconds } = made;
      Object.assign(last, { pose: now, network, milliseconds, count: last.count + 1 });
      $("rate").textContent = described(made.milliseconds);
    }
    say("Done.");
  });
  busy = false;
}

/**
 * @param {Milliseconds} milliseconds
 * @param {number} [rate] Frames per second.
 */
function described({ finding, network, composing }, rate) {
  const parts = [
    ["pose", finding],
    ["network", network],
    ["composing", composing],
  ].filter(([, time]) => time !== undefined);
  const times = parts.map(([part, time]) => `${part} ${Number(time).toFixed(0)} ms`).join(", ");
  return `${rate ? `${rate.toFixed(1)} frames per second: ` : ""}${times} (${device})`;
}

/** @param {Blob} file */
async function takePerson(file) {
  await stopLive();
  await attempt("Looking for the person …", async () => {
    const { joints, others } = await finder.call("findPerson", file);
    const view = await painter.call("takePerson", file, joints);
    ownPose = view.joints;
    editor.see(view);
    editor.show(ownPose);
    await show(ownPose);
    if (others) say("Several people are in view: the most prominent one is used.");
  });
}

/** @param {Blob} file */
function takePose(file) {
  return attempt("Looking for the pose …", async () => {
    const { joints, size } = await finder.call("findPerson", file);
    const { pose, view } = await painter.call("poseFrom", joints, size);
    editor.see(view);
    editor.show(pose);
    await show(pose);
  });
}

/** @param {File} file */
async function takeClip(file) {
  stopClip();
  await stopLive();
  await attempt("Looking for the poses …", async () => {
    const progress = $("progress");
    progress.hidden = false;
    await finder.call("forget");
    /** @type {Pose[]} */
    const poses = [];
    /** @type {number[]} */
    const times = [];
    let size = [1, 1];
    const rate = await readClip(file, async (frame, time, share) => {
      const look = await finder.call("follow", frame);
      poses.push(look.found);
      times.push(time);
      size = look.size;
      progress.value = share / 2;
    });
    const { poses: taken, view } = await painter.call("posesOfClip", poses, times, size, rate);
    editor.see(view);
    editor.show(taken[0]);
    say("Computing …");
    frames = [];
    clipRate = rate;
    last.networks = [];
    for (const pose of taken) {
      const made = await painter.call("reposeToFile", pose);
      frames.push(made.file);
      last.networks.push(made.network);
      progress.value = 0.5 + frames.length / taken.length / 2;
    }
    say(`${frames.length} images, ${Math.round(rate * 10) / 10} per second.`);
    $("clip-play").hidden = false;
    playClip();
  });
}

async function playClip() {
  const mine = ++turn;
  const start = performance.now();
  for (let shown = -1; mine === turn; ) {
    const now = Math.floor(((performance.now() - start) / 1000) * clipRate);
    if (now !== shown) draw(await createImageBitmap(frames[now % frames.length]));
    shown = now;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function stopClip() {
  turn += 1;
}

async function startLive() {
  stopClip();
  await attempt("Starting the camera …", async () => {
    await camera.start();
    await finder.call("forget");
    editor.see(await painter.call("startLive"));
    live = true;
    for (const name of ["stop", "recentre"]) $(`live-${name}`).hidden = false;
    $("live-start").hidden = true;
    $("live-stop").focus();
    say("Live.");
  });
  /** @type {number[]} */
  const times = [];
  try {
    let look = findLive();
    while (live) {
      const { found, size, finding, time } = await look;
      // While this frame is drawn, the next one is analysed.
      look = findLive();
      look.catch(() => {}); // it is awaited later
      const made = await painter.call("liveFrame", found, time, size, $("live-mirror").checked);
      if (live && made) showLive(made, finding, times);
      else if (live) $("rate").textContent = "No person with shoulders and hips in view was found.";
    }
    await look;
  } catch (error) {
    if (!live) return;
    await stopLive();
    await attempt("", () => Promise.reject(error));
  }
}

async function findLive() {
  const frame = await camera.frame();
  const time = performance.now() / 1000;
  return { ...(await finder.call("follow", frame)), time };
}

/**
 * @param {any} made
 * @param {number} finding
 * @param {number[]} times When the last frames were shown.
 */
function showLive(made, finding, times) {
  draw(made.picture);
  times.push(performance.now());
  if (times.length > 16) times.shift();
  last.rate = (1000 * (times.length - 1)) / Math.max(times[times.length - 1] - times[0], 1);
  last.milliseconds = { finding, ...made.milliseconds };
  last.count += 1;
  $("rate").textContent =
    `${described(last.milliseconds, last.rate)}, composed with ${made.composer}`;
}

async function stopLive() {
  if (!live) return;
  live = false;
  camera.stop();
  for (const name of ["stop", "recentre"]) $(`live-${name}`).hidden = true;
  $("live-start").hidden = false;
  if (recorder.active) await keepRecording();
  say("The camera is off.");
}

async function keepRecording() {
  $("record").setAttribute("aria-pressed", "false");
  $("record").textContent = "Record (WebM)";
  download(await recorder.stop(), "result.webm");
}

/**
 * Take the file that is chosen in an input or dropped on the area around it.
 * @param {string} name
 * @param {(file: File) => void} take
 */
function wireFiles(name, take) {
  const [input, drop] = [$(`${name}-file`), $(`${name}-drop`)];
  input.addEventListener("change", () => {
    if (input.files[0]) take(input.files[0]);
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      const file = kind === "drop" && event.dataTransfer?.files[0];
      if (file) take(file);
    });
  }
}

function wire() {
  $("clip-seconds").textContent = SECONDS;
  wireFiles("who", takePerson);
  wireFiles("pose", takePose);
  wireFiles("clip", takeClip);
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) =>
      one.type.startsWith("image/"),
    );
    if (file) takePerson(file);
  });
  $("who-camera").addEventListener("click", () =>
    attempt("Starting the camera …", async () => {
      const shot = new Camera(document.createElement("video"));
      await shot.start();
      for (let seconds = 3; seconds > 0; seconds--) {
        say(`The photograph is taken in ${seconds} …`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      const frame = await shot.frame();
      shot.stop();
      const canvas = new OffscreenCanvas(frame.width, frame.height);
      canvas.getContext("2d")?.drawImage(frame, 0, 0);
      await takePerson(await canvas.convertToBlob());
    }),
  );
  for (const radio of document.querySelectorAll("input[name=kind]")) {
    radio.addEventListener("change", () => {
      const { value } = /** @type {HTMLInputElement} */ (radio);
      for (const part of document.querySelectorAll(".kind")) {
        /** @type {HTMLElement} */ (part).hidden = part.getAttribute("data-kind") !== value;
      }
      stopLive();
    });
  }
  for (const [name, pose] of /** @type {[string, () => Pose][]} */ ([
    ["own", () => ownPose],
    ["standing", () => standingPose(editor.size)],
  ])) {
    $(name).addEventListener("click", () => {
      editor.show(pose());
      show(pose());
    });
  }
  $("show-regions").addEventListener("change", (/** @type {Event} */ event) => {
    const { checked } = /** @type {HTMLInputElement} */ (event.target);
    $("regions").classList.toggle("shown", checked);
  });
  $("clip-play").addEventListener("click", playClip);
  $("live-start").addEventListener("click", startLive);
  $("live-stop").addEventListener("click", stopLive);
  $("live-recentre").addEventListener("click", () => painter.call("recentre"));
  $("live-mirror").addEventListener("change", mirrorCamera);
  mirrorCamera();
  $("save").addEventListener("click", () =>
    $("picture").toBlob((/** @type {Blob} */ file) => download(file, "result.png")),
  );
  $("record").addEventListener("click", async () => {
    if (recorder.active) return keepRecording();
    recorder.start();
    $("record").setAttribute("aria-pressed", "true");
    $("record").textContent = "Stop recording";
  });
}

function mirrorCamera() {
  $("camera").classList.toggle("mirror", $("live-mirror").checked);
}

async function begin() {
  say("Loading (about twenty megabytes on the first visit) …");
  if (!(await workOffline())) return;
  const about = await (await fetch("page.json")).json();
  // Two threads compute in parallel; each divides its work among half of the cores, at most 4.
  const most = Math.min(Math.floor(navigator.hardwareConcurrency / 2), 4);
  const threads = crossOriginIsolated ? Math.max(most, 1) : 1;
  await attempt("Loading …", async () => {
    const [kind] = await Promise.all(
      [painter, finder].map((one) => one.call("load", document.baseURI, about, threads)),
    );
    device = kind === "webgpu" ? "WebGPU" : `WebAssembly, 2 × ${threads} threads`;
    wire();
    const example = await (await fetch(about.example.file)).blob();
    const view = await painter.call("takePerson", example, about.example.joints);
    ownPose = view.joints;
    editor.see(view);
    editor.show(standingPose(view.size));
    await show(editor.pose);
    say("Ready.");
  });
  document.body.dataset.ready = "yes";
}

begin();
