// Sending what waits. Used by pages and by the service worker; one of them at a time.

import { changeEntry, entriesOf, removeEntry } from "./store.js";

const FIRST = 5_000; // ms until the first new try; twice as long each time
const LONGEST = 300_000;
const PATIENCE = 20_000; // ms for one answer

/** How long to wait after so many tries in vain, in ms. */
export function pauseAfter(tries) {
  return Math.min(FIRST * 2 ** Math.max(tries - 1, 0), LONGEST);
}

/**
 * What an answer means for what was sent: "sent"; "later" (no signal, or the server is busy); "person" (nobody, or
 * somebody else, is signed in); "refused" (it stays as it is until its person mends it).
 */
export function meaning(status) {
  if (status >= 200 && status < 300) return "sent";
  if ([401, 403, 409].includes(status)) return "person";
  if (status === 0 || status === 408 || status === 429 || status >= 500) return "later";
  return "refused";
}

/**
 * Send what waits of `person`, in order; `token()` gives the CSRF token, `force` passes over pauses between tries.
 * Returns {sent, waiting, refused, person}: how many of each, and whether they have to sign in.
 */
export function sendAll(person, { token, force = false, now = Date.now }) {
  const work = () => sendInOrder(person, { token, force, now });
  return navigator.locks ? navigator.locks.request("prestride-send", work) : work();
}

async function sendInOrder(person, { token, force, now }) {
  const result = { sent: 0, waiting: 0, refused: 0, person: false };
  let halted = false;
  for (const entry of await entriesOf(person)) {
    if (entry.refusal) {
      result.refused += 1;
    } else if (halted || (!force && entry.nextAt > now())) {
      result.waiting += 1;
    } else {
      const answer = await put(entry, await token(), now());
      const means = meaning(answer.status);
      if (means === "sent") {
        await removeEntry(entry.key);
        result.sent += 1;
      } else if (means === "refused") {
        await changeEntry({ ...entry, refusal: answer });
        result.refused += 1;
      } else {
        const tries = entry.tries + 1;
        await changeEntry({ ...entry, tries, nextAt: now() + Math.max(pauseAfter(tries), answer.after) });
        result.waiting += 1;
        result.person ||= means === "person";
        halted = true; // the next ones would meet with the same
      }
    }
  }
  return result;
}

/** {status, detail, errors, after} of one PUT; status 0 where no answer came. Never throws. */
async function put(entry, token, now) {
  try {
    const response = await fetch(`/api/v1/sessions/${entry.session}/`, {
      method: "PUT",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, "X-Prestride-Person": entry.person },
      // The device's own clock, so that the server can tell when it is wrong.
      body: JSON.stringify({ ...entry.body, sent_at: new Date(now).toISOString() }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const problem = response.ok ? {} : await response.json().catch(() => ({}));
    const after = Number(response.headers.get("Retry-After") ?? 0) * 1000 || 0;
    return { status: response.status, detail: problem.detail ?? "", errors: problem.errors ?? [], after };
  } catch {
    return { status: 0, detail: "", errors: [], after: 0 };
  }
}
