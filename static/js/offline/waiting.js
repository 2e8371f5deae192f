// The page of what waits on this device: send, mend, download, discard. It works without a network.

import { uuid } from "../player/uuid.js";
import { deliver } from "./main.js";
import { changeEntry, entriesOf, fact, removeEntry } from "./store.js";

const root = document.querySelector("[data-waiting-page]");
const list = root.querySelector("[data-list]");
const model = root.querySelector("template");
const words = root.dataset;
const GONE = [404, 410]; // another's, or deleted: it can only be kept as a new one

/** Whose these are: the page itself is kept for nobody in particular, so the worker is asked. */
const whose = async () => document.body.dataset.person || (await fact("person")) || "";

// Shown under another address, this page stands in for one that could not be had.
document.querySelector("[data-no-signal]").hidden = location.pathname === root.dataset.address;
if (location.pathname === root.dataset.address) {
  const title = root.querySelector("[data-title]");
  title.setAttribute("aria-level", "1");
  title.classList.add("title-1");
}
document.querySelector("[data-again]").href = location.href;

async function draw() {
  const entries = await entriesOf(await whose());
  list.replaceChildren(...entries.map(row));
  root.querySelector("[data-none]").hidden = entries.length > 0;
  root.querySelector("[data-send]").hidden = !entries.some((entry) => !entry.refusal);
}

function row(entry) {
  const item = model.content.cloneNode(true);
  const part = (name) => item.querySelector(`[data-${name}]`);
  const language = document.documentElement.lang;
  part("name").textContent = entry.name || words.warmUp;
  part("at").textContent = new Date(entry.savedAt).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  part("state").textContent = entry.refusal ? words.refused : entry.tries ? words.tried.replace("{n}", entry.tries) : words.kept;
  part("reasons").replaceChildren(...reasons(entry).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  const mend = part("mend");
  mend.hidden = !entry.refusal;
  mend.textContent = GONE.includes(entry.refusal?.status) ? words.asNew : words.leaveOut;
  mend.addEventListener("click", () => act(() => changeEntry(mended(entry)), true));
  const discard = part("discard");
  discard.addEventListener("click", () => {
    if (discard.dataset.sure) act(() => removeEntry(entry.key));
    discard.dataset.sure = "yes";
    discard.textContent = words.sure;
  });
  const file = part("file");
  file.href = `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify({ id: entry.session, ...entry.body }, null, 2))}`;
  file.download = `warm-up-${entry.session}.json`;
  return item;
}

function reasons({ refusal }) {
  if (!refusal) return [];
  const told = refusal.errors.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  return told.length ? told : [refusal.detail || String(refusal.status)];
}

/** An entry without what the server had against it: a new number where the old one is taken, else the fields left out. */
function mended(entry) {
  const again = { ...entry, refusal: null, tries: 0, nextAt: 0 };
  if (GONE.includes(entry.refusal.status)) return { ...again, session: uuid() };
  const body = structuredClone(entry.body);
  for (const { field } of entry.refusal.errors) {
    const [name, index, inner] = field.split(".");
    if (name === "started_at") body.started_at = new Date(entry.savedAt).toISOString(); // the one that must be there
    else if (inner && body.steps?.[index]) delete body.steps[index][inner];
    else delete body[name];
  }
  return { ...again, body };
}

async function act(deed, send = false) {
  await deed();
  if (send) await deliver({ force: true });
  await draw();
}

root.querySelector("[data-send]").addEventListener("click", () => act(() => {}, true));
document.addEventListener("prestride:delivered", draw);
draw();
