// The builder: steps are added, moved, sorted and taken out in the page. Each of these also works as a button of the form,
// without this; the sums come from the server by htmx whenever something changes.

import { byPhase, placeAt } from "./order.js";

const form = document.querySelector("#builder");
const list = form.querySelector("#steps");
const empty = form.querySelector("#no-steps");
const told = form.querySelector("[data-told]");
const undo = form.querySelector("[data-undo]");
const EDGE = 80; // pixels from the window's ends
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let changed = "changed" in form.dataset;
let removed = null;
let coming = 0; // steps on their way from the server
let waiting = null; // the button that waits for them

const steps = () => [...list.children];

function tell(sentence, step, at = steps().indexOf(step)) {
  const words = { name: step.dataset.name, n: at + 1, total: list.children.length };
  told.textContent = sentence.replace(/\{(\w+)\}/g, (_all, word) => words[word]);
  undo.hidden = removed === null;
}

// The sums listen to input, wherever it comes from.
function touched() {
  empty.hidden = list.children.length > 0;
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

// Steps glide to where they are now, so that one sees what moved.
function arrange(change) {
  const before = new Map(steps().map((step) => [step, step.getBoundingClientRect().top]));
  change();
  if (calm.matches) return;
  for (const step of steps()) {
    const by = before.get(step) - step.getBoundingClientRect().top;
    if (by) step.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 160, easing: "ease-out" });
  }
}

// The others make room and the step stays where it is in the document, so that it keeps focus and the pointer's hold.
function shift(step, to) {
  const at = steps().indexOf(step);
  const others = steps().filter((other) => other !== step);
  if (to < at) others.slice(to, at).reverse().forEach((other) => step.after(other));
  else others.slice(at, to).forEach((other) => step.before(other));
}

function move(step, by) {
  const all = steps();
  const at = all.indexOf(step);
  const to = Math.max(0, Math.min(all.length - 1, at + by));
  if (to !== at) {
    arrange(() => shift(step, to));
    removed = null;
    touched();
  }
  tell(list.dataset.moved, step);
}

function remove(step) {
  const at = steps().indexOf(step);
  const next = step.nextElementSibling ?? step.previousElementSibling;
  removed = { step, at };
  tell(list.dataset.removed, step);
  arrange(() => step.remove());
  touched();
  (next ?? form.querySelector("#steps-title")).focus();
}

function putBack() {
  const { step, at } = removed;
  removed = null;
  arrange(() => list.insertBefore(step, list.children[at] ?? null));
  touched();
  tell(list.dataset.moved, step);
  step.focus();
}

async function add(button) {
  coming += 1;
  await fetchStep(button);
  coming -= 1;
  if (coming === 0 && waiting) form.requestSubmit(waiting);
}

async function fetchStep(button) {
  button.setAttribute("aria-busy", "true");
  const answer = await fetch(button.dataset.add).catch(() => null);
  button.removeAttribute("aria-busy");
  if (!answer?.ok) {
    form.requestSubmit(button); // The way without this module tells what is wrong.
    return;
  }
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  const step = template.content.querySelector("[data-step]");
  list.append(step);
  arm(step);
  removed = null;
  touched();
  tell(list.dataset.added, step);
  document.querySelector("[data-picked]").textContent = told.textContent;
}

// --- Dragging by the handle, and moving by its keys ------------------------------------------------------------------

function arm(step) {
  const handle = step.querySelector("[data-handle]");
  handle.hidden = false;
  handle.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    move(step, by);
  });
  handle.addEventListener("pointerdown", (event) => drag(event, step, handle));
}

function drag(event, step, handle) {
  if (event.button > 0) return;
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  handle.focus();
  step.classList.add("build-step--held");
  const begun = steps().indexOf(step);

  let y = event.clientY;
  let ended = false;

  const place = () => {
    const others = steps().filter((other) => other !== step);
    const middles = others.map((other) => {
      const box = other.getBoundingClientRect();
      return box.top + box.height / 2;
    });
    const to = placeAt(y, middles);
    if (steps().indexOf(step) !== to) arrange(() => shift(step, to));
  };
  // At the edges the page follows for as long as one holds there.
  const follow = () => {
    if (ended) return;
    const by = y < EDGE ? -8 : y > innerHeight - 2 * EDGE ? 8 : 0;
    if (by) {
      scrollBy({ top: by, behavior: "instant" });
      place();
    }
    requestAnimationFrame(follow);
  };
  const onMove = (moved) => {
    y = moved.clientY;
    place();
  };
  const onEnd = () => {
    ended = true;
    handle.removeEventListener("pointermove", onMove);
    step.classList.remove("build-step--held");
    if (steps().indexOf(step) !== begun) {
      removed = null;
      touched();
      tell(list.dataset.moved, step);
    }
  };
  handle.addEventListener("pointermove", onMove);
  handle.addEventListener("lostpointercapture", onEnd, { once: true });
  follow();
}

// --- The library beside it ------------------------------------------------------------------------------------------

const picker = document.querySelector("#picker");
const dialog = document.querySelector(".picker-dialog");
dialog.append(picker);
const open = form.querySelector("[data-open-picker]");
const close = picker.querySelector("[data-close-picker]");
open.hidden = false;
close.hidden = false;
open.addEventListener("click", () => {
  document.querySelector("[data-picked]").textContent = "";
  dialog.showModal();
  picker.querySelector("input[type=search]").focus();
});
close.addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", () => (list.lastElementChild && told.textContent ? list.lastElementChild : open).focus());
// Enter in the search looks, and saves nothing.
picker.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
});

// --- Everything together --------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=do], [data-undo]");
  if (!button) return;
  if (button.matches("[data-undo]")) return putBack();
  const [deed] = button.value.split("-", 1);
  const step = button.closest("[data-step]");
  if (deed === "save" || deed === "anyway" || deed === "search") return;
  event.preventDefault();
  if (deed === "add") add(button);
  else if (deed === "up" || deed === "down") move(step, deed === "up" ? -1 : 1);
  else if (deed === "remove") remove(step);
  else if (deed === "sort") {
    arrange(() => list.append(...byPhase(steps(), (each) => Number(each.dataset.phase))));
    removed = null;
    touched();
  }
});

const total = form.querySelector("[data-total]");
function showTotal() {
  total.textContent = form.querySelector("[data-clock]")?.textContent ?? "";
}
document.addEventListener("htmx:after:swap", showTotal);
showTotal();

steps().forEach(arm);
document.querySelector(".error-summary")?.focus();

form.addEventListener("input", () => {
  changed = true;
});
form.addEventListener("submit", (event) => {
  // A step on its way belongs to what is saved.
  if (coming > 0) {
    event.preventDefault();
    waiting = event.submitter;
    return;
  }
  changed = false;
});
addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
