import { VisitorError } from "./visitor_error.js";

/** The device's camera in a video element. */
export class Camera {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
    /** @type {MediaStream | null} */
    this.stream = null;
  }

  /**
   * Ask for permission to use the camera, and show its video.
   * @throws {VisitorError} The address is not secure, or the camera is not allowed or not usable.
   */
  async start() {
    if (!navigator.mediaDevices) {
      throw new VisitorError("The camera needs an address that begins with https:// or localhost.");
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } },
        audio: false,
      });
    } catch (error) {
      const refused = error instanceof DOMException && error.name === "NotAllowedError";
      throw new VisitorError(
        refused
          ? "The camera was not allowed. Allow it in the browser's settings of this page."
          : "The camera did not start. Connect one, and close other programs that use it.",
      );
    }
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
  }

  /** @returns {Promise<ImageBitmap>} The camera's current frame. */
  frame() {
    return createImageBitmap(this.video);
  }

  /** Release the camera. */
  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.video.hidden = true;
  }
}
