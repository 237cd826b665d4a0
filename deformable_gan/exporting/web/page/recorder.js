/** Records a canvas as a WebM file. */
export class Recorder {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {MediaRecorder | null} */
    this.recorder = null;
    /** @type {Blob[]} */
    this.parts = [];
  }

  /** @returns {boolean} Whether a recording is in progress. */
  get active() {
    return this.recorder !== null;
  }

  /** Start the recording. */
  start() {
    const type = ["video/webm;codecs=vp8", "video/webm"].find((one) =>
      MediaRecorder.isTypeSupported(one),
    );
    this.parts = [];
    this.recorder = new MediaRecorder(this.canvas.captureStream(), {
      mimeType: type,
      videoBitsPerSecond: 6_000_000,
    });
    this.recorder.addEventListener("dataavailable", ({ data }) => this.parts.push(data));
    this.recorder.start(500);
  }

  /**
   * Stop the recording.
   * @returns {Promise<Blob>} The recording.
   */
  stop() {
    const recorder = /** @type {MediaRecorder} */ (this.recorder);
    this.recorder = null;
    return new Promise((resolve) => {
      recorder.addEventListener("stop", () =>
        resolve(new Blob(this.parts, { type: "video/webm" })),
      );
      recorder.stop();
      for (const track of recorder.stream.getTracks()) track.stop();
    });
  }
}

/**
 * Offer a file to the visitor as a download.
 * @param {Blob} file
 * @param {string} name
 */
export function download(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
