// On every page: the service worker, what waits to be sent, and the sign that says so.

import { becomes } from "./people.js";
import { prefetch } from "./prefetch.js";
import { sendAll } from "./send.js";
import { countEntries, entriesOf, fact } from "./store.js";

const waitingPage = document.querySelector("[data-waiting-page]");
let person = document.body.dataset.person ?? "";
const sign = document.querySelector("[data-waiting-sign]");
let timer = null;

export function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
}

/** Send what waits of who is signed in, show what is left, and come back to it. Never throws. */
export async function deliver({ force = false } = {}) {
  clearTimeout(timer);
  let result = null;
  try {
    // That page may be one that was kept, made for nobody: then it is whoever's pages this device keeps.
    if (!person && waitingPage) person = (await fact("person")) ?? "";
    if (person) result = await sendAll(person, { token: csrfToken, force });
    await show(result);
    const waiting = person ? (await entriesOf(person)).filter((entry) => !entry.refusal) : [];
    if (waiting.length) {
      const next = Math.min(...waiting.map((entry) => entry.nextAt));
      timer = setTimeout(deliver, Math.max(next - Date.now(), 1000));
    }
  } catch {
    // No store on this device: nothing can wait here.
  }
  document.dispatchEvent(new CustomEvent("prestride:delivered", { detail: result }));
  return result;
}

/** "2 warm-ups wait on this phone"; to a visitor without saying whose. */
async function show(result) {
  if (!sign || waitingPage) return; // which says it all itself
  const mine = person ? await entriesOf(person) : [];
  const refused = mine.filter((entry) => entry.refusal).length;
  const count = person ? mine.length : await countEntries();
  const words = sign.dataset;
  const line = refused ? words.refused : person && !result?.person ? words.waiting : words.signIn;
  sign.querySelector("[data-words]").textContent = line.replace("{n}", refused || count);
  sign.hidden = count === 0;
}

/** The bar over a page that the service worker had kept. */
function tellAge() {
  const { keptAt, keptOther } = document.documentElement.dataset;
  const bar = document.querySelector("[data-kept-bar]");
  if (keptAt === undefined || !bar) return;
  const at = new Date(keptAt);
  const time = Number.isNaN(at.valueOf()) ? "" : at.toLocaleString(document.documentElement.lang, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  bar.querySelector("[data-words]").textContent = bar.dataset.since.replace("{time}", time);
  bar.querySelector("[data-other]").hidden = keptOther === undefined;
  bar.hidden = false;
}

/** The page as it came from the server says who is signed in; one that was kept knows nothing new. */
async function tellWhose() {
  const { dataset } = document.documentElement;
  if (dataset.keptAt === undefined && !waitingPage) await becomes(person);
}

async function register() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await tellWhose();
    await navigator.serviceWorker.register("/service-worker.js");
    await navigator.serviceWorker.ready;
    navigator.serviceWorker.addEventListener("message", () => show(null));
    await prefetch(person);
  } catch {
    // Private windows and old browsers: all works, with a network.
  }
}

tellAge();
deliver({ force: true });
window.addEventListener("online", () => deliver({ force: true }));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") deliver();
});
if (document.readyState === "complete") register();
else window.addEventListener("load", register);
