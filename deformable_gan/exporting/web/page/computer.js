import { VisitorError } from "./visitor_error.js";

/** A worker thread, whose tasks are called by name. */
export class Computer {
  /** @param {string} file The thread's module. */
  constructor(file) {
    this.worker = new Worker(new URL(file, import.meta.url), { type: "module" });
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.count = 0;
    this.worker.addEventListener("message", ({ data: { id, value, error } }) => {
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (!error) waiting?.resolve(value);
      else if (error.expected) waiting?.reject(new VisitorError(error.message));
      else waiting?.reject(new Error(error.message));
    });
    this.worker.addEventListener("error", (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(event.message));
      this.waiting.clear();
    });
  }

  /**
   * Run a task of the thread.
   * @param {string} name
   * @param {any[]} args
   * @returns {Promise<any>}
   */
  call(name, ...args) {
    const id = this.count++;
    const moved = args.filter((one) => one instanceof ImageBitmap);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, args }, moved);
    });
  }
}
