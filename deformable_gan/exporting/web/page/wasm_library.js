/**
 * The loader of LiteRT.js's WebAssembly for worker threads that are modules. LiteRT.js's own
 * loaders, a script element or `importScripts`, do not work in such threads.
 */

/**
 * @param {new (module: any) => any} Library
 * @param {string} script
 */
export async function createWasmLib(Library, script) {
  const address = new URL(script, import.meta.url).href;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} cannot be loaded: HTTP status ${answer.status}`);
  // The script defines the function ModuleFactory; as a module, it must export the function.
  const parts = [await answer.text(), "\nexport default ModuleFactory;"];
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  try {
    const { default: make } = await import(url);
    const module = await make({
      locateFile: (/** @type {string} */ file) => new URL(file, address).href,
      // The threads that WebAssembly starts are not modules and load the unchanged script.
      mainScriptUrlOrBlob: address,
      print: () => {},
      printErr: (/** @type {string} */ text) => console.debug(text),
    });
    return new Library(module);
  } finally {
    URL.revokeObjectURL(url);
  }
}
