/**
 * Keeps the screen on while the page is visible. The browser lets go of the lock when it is hidden,
 * and may refuse it (no battery, no permission): then the machine's own settings decide.
 */
export function stayAwake() {
  if (!("wakeLock" in navigator)) return;
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  async function acquire() {
    if (document.hidden || (lock && !lock.released)) return;
    lock = await navigator.wakeLock.request("screen").catch(() => null);
  }
  document.addEventListener("visibilitychange", acquire);
  void acquire();
}
