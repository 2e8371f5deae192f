// What survives a reload, a closed tab and a crash: one warm-up under way, in localStorage. Its key begins with whose it is.

const PREFIX = "prestride:warm-up:";
const DAYS = 2; // after that nobody goes on from there

/** What was kept under `key`, or null; a browser that keeps nothing is no error. */
export function recall(key) {
  try {
    const { at, value } = JSON.parse(localStorage.getItem(PREFIX + key));
    return Date.now() - at < DAYS * 86_400_000 ? value : null;
  } catch {
    return null;
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), value }));
  } catch {
    // Storage is full or forbidden: the warm-up goes on, only a reload would start it anew.
  }
}

export function forget(key) {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing was kept either.
  }
}

/** Forget whatever belongs to session `id`: the log has it now. */
export function forgetSession(id) {
  forgetWhere((value) => value.id === id);
}

/** Forget every warm-up under way: somebody signs out. */
export function forgetAll() {
  forgetWhere(() => true);
}

function forgetWhere(wanted) {
  try {
    Object.keys(localStorage)
      .filter((name) => name.startsWith(PREFIX) && wanted(JSON.parse(localStorage.getItem(name)).value))
      .forEach((name) => localStorage.removeItem(name));
  } catch {
    // Nothing was kept either.
  }
}
