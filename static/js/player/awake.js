// Keeps the screen on while a warm-up runs, where the browser can. The lock is lost whenever the page is hidden.

let lock = null;
let wanted = false;

export async function stayAwake(on) {
  wanted = on;
  if (!on) {
    lock?.release().catch(() => {});
    lock = null;
  } else if (!lock && document.visibilityState === "visible" && navigator.wakeLock) {
    try {
      lock = await navigator.wakeLock.request("screen");
      lock.addEventListener("release", () => (lock = null));
      if (!wanted) stayAwake(false);
    } catch {
      lock = null; // low battery, or not allowed: the clock is right all the same
    }
  }
}

document.addEventListener("visibilitychange", () => {
  if (wanted) stayAwake(true);
});
