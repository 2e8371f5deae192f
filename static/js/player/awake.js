// Keeps the screen on while a warm-up runs, where the browser can. The lock is lost whenever the page is hidden.

let wanted = false;
let lock = null; // the promise of a lock, null when none was asked for

/** Say as often as you like whether the screen is to stay on. */
export function stayAwake(on) {
  wanted = on;
  if (!on) release();
  else if (!lock && navigator.wakeLock && document.visibilityState === "visible") {
    // Refused on a low battery, or by the browser: the clock is right all the same.
    lock = navigator.wakeLock.request("screen").catch(() => null);
  }
}

function release() {
  lock?.then((held) => held?.release());
  lock = null;
}

document.addEventListener("visibilitychange", () => {
  release();
  if (wanted) stayAwake(true);
});
