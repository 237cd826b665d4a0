/**
 * Keep the page's files for the next visit, and wait until they are stored.
 *
 * The service worker also adds the headers that threads need. On the first visit to a host without
 * these headers, the page is loaded a second time.
 * @returns {Promise<boolean>} false if the page is about to be loaded again.
 */
export async function workOffline() {
  if (!("serviceWorker" in navigator)) return true;
  try {
    await navigator.serviceWorker.register("service_worker.js");
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) {
      await new Promise((resolve) => {
        navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
        setTimeout(resolve, 3000);
      });
    }
  } catch (error) {
    // Private windows and addresses without https have no service worker: no offline use there.
    console.info(`The page is not kept for offline use: ${error}`);
    return true;
  }
  const again = !crossOriginIsolated && !sessionStorage.getItem("loaded-again");
  if (again && navigator.serviceWorker.controller) {
    sessionStorage.setItem("loaded-again", "yes");
    location.reload();
    return false;
  }
  sessionStorage.removeItem("loaded-again");
  return true;
}
