// Spreads work over tasks, so that a slow phone answers to a press in between and paints as soon as it can.

/** Do `work` in a task of its own: soon, or as "background" when nothing else waits, not even the screen. */
export function later(work, priority = "user-visible") {
  if (window.scheduler?.postTask) window.scheduler.postTask(work, { priority });
  else setTimeout(work);
}

/** Do `works` in this order, each in a task of its own. */
export function inTurn([first, ...rest]) {
  if (!first) return;
  later(() => {
    first();
    inTurn(rest);
  });
}
