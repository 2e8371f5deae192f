// The end of a warm-up: kept on this device first, then sent. The form itself is the way for browsers that keep nothing.

import { sessionBody } from "../player/body.js";
import { forgetSession } from "../player/keep.js";
import { csrfToken, deliver } from "./main.js";
import { addEntry, entriesOf, removeEntry } from "./store.js";

const form = document.querySelector("form[data-log][data-offline]");
const saved = document.querySelector("[data-saved]");
const person = document.body.dataset.person;

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  finish(event.submitter);
});

/** Keep it, send it; on to the session when the server has it, else a page that says where it is. */
async function finish(button) {
  if (button) button.disabled = true; // pressed twice is pressed once
  const body = { ...sessionBody(form), run: Number(form.dataset.run) };
  const entry = { person, session: form.elements.id.value, name: form.dataset.name, body, savedAt: Date.now() };
  let key;
  try {
    key = await addEntry(entry);
  } catch {
    if (button) button.disabled = false;
    await withoutStore(entry);
    return;
  }
  if (navigator.storage?.persist) navigator.storage.persist();
  await deliver({ force: true });
  const left = await entriesOf(person);
  const still = left.find((each) => each.key === key);
  if (!still) {
    forgetSession(entry.session);
    location.assign(`/sessions/${entry.session}/`);
  } else if (still.refusal?.status === 400) {
    // The page knows best how to say what is wrong with it, beside the fields; nothing typed is lost.
    await removeEntry(key);
    form.submit();
  } else {
    forgetSession(entry.session);
    await wakeLater();
    tell(still.refusal ? "refused" : "waiting");
  }
}

/** There is no room here, or no storage at all: straight to the server, or else a file to keep. */
async function withoutStore(entry) {
  if (navigator.onLine && csrfToken()) {
    const there = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
    if (there) {
      form.submit();
      return;
    }
  }
  const link = saved.querySelector("[data-file]");
  const text = JSON.stringify({ id: entry.session, ...entry.body }, null, 2);
  link.href = `data:application/json;charset=utf-8,${encodeURIComponent(text)}`;
  link.download = `warm-up-${entry.session}.json`;
  tell("full");
}

/** Where the browser knows how, it sends by itself once there is a network. */
async function wakeLater() {
  try {
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.sync?.register("sessions");
  } catch {
    // It goes when a page is opened.
  }
}

function tell(what) {
  const screen = form.closest("[data-screen]");
  const keepForm = what === "full"; // nothing has what was typed but the form
  if (screen && !keepForm) screen.hidden = true;
  saved.hidden = false;
  saved.querySelectorAll("[data-when]").forEach((part) => (part.hidden = part.dataset.when !== what));
  saved.querySelector("h2[tabindex]:not([hidden]), [data-when]:not([hidden]) h2")?.focus();
  if (keepForm) saved.scrollIntoView();
}

// While the page with the word "saved here" is open, it turns into the session as soon as the server has it.
document.addEventListener("prestride:delivered", async () => {
  if (saved?.hidden !== false || saved.querySelector("[data-when='full']:not([hidden])")) return;
  const session = form.elements.id.value;
  if (!(await entriesOf(person)).some((entry) => entry.session === session)) {
    saved.querySelectorAll("[data-when]").forEach((part) => (part.hidden = part.dataset.when !== "there"));
    saved.querySelector("[data-session]").href = `/sessions/${session}/`;
  }
});
