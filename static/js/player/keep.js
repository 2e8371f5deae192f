// What survives a reload: one warm-up under way in this tab, kept in sessionStorage.

const PREFIX = "prestride:warm-up:";

/** What was kept under `key`, or null; a browser that keeps nothing is no error. */
export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

export function keep(key, value) {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the warm-up goes on, only a reload would start it anew.
  }
}

export function forget(key) {
  try {
    sessionStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing was kept either.
  }
}

/** Forget whatever belongs to session `id`: the server has it now. */
export function forgetSession(id) {
  try {
    Object.keys(sessionStorage)
      .filter((name) => name.startsWith(PREFIX) && JSON.parse(sessionStorage.getItem(name)).id === id)
      .forEach((name) => sessionStorage.removeItem(name));
  } catch {
    // Nothing was kept either.
  }
}
