// Moving what is planned to another day: by drag, or with M and the arrow keys. The server does the moving.
import { daysBetween, daysLater, stepOf } from "./move.js";

const plan = document.querySelector("[data-plan]");
const dialog = document.querySelector("[data-plan-dialog]");
const says = document.querySelector("[data-plan-says]");
const words = document.querySelector("[data-plan-words]").dataset;
const form = dialog.querySelector("form");
const START = 6; // pixels that a pointer goes before it is a drag

const say = (sentence, name = "") => {
  says.textContent = sentence.replace("%s", name);
};

const dayAt = (day) => plan.querySelector(`[data-day="${day}"]`);

const named = (day) =>
  dayAt(day)?.dataset.name ??
  new Date(`${day}T00:00:00Z`).toLocaleDateString(document.documentElement.lang || "en", {
    weekday: "long",
    day: "numeric",
    month: "long",
    timeZone: "UTC",
  });

const over = (day) => {
  for (const each of plan.querySelectorAll(".is-over")) each.classList.remove("is-over");
  if (day) dayAt(day)?.classList.add("is-over");
};

/** Ask how far it goes where the date repeats, else move at once. */
const put = (item, day) => {
  over(null);
  const days = daysBetween(item.dataset.at, day);
  if (days === 0) return;
  form.elements.chosen.value = item.dataset.item;
  form.elements.days.value = days;
  if (!("repeats" in item.dataset)) {
    form.requestSubmit();
    return;
  }
  dialog.querySelector("[data-plan-title]").textContent = words.to.replace("%s", named(day));
  dialog.showModal();
};

dialog.querySelector("[data-plan-stay]").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => say(words.left));

// --- By keyboard -----------------------------------------------------------------------------------------------------
let picked = null; // {item, day}

const leave = (sentence) => {
  if (!picked) return;
  picked.item.classList.remove("is-picked");
  picked = null;
  over(null);
  if (sentence) say(sentence);
};

plan.addEventListener("keydown", (event) => {
  const item = event.target.closest("[data-item]");
  if (!item || !event.target.matches(".pill") || event.altKey || event.ctrlKey || event.metaKey) return;
  if (!picked) {
    if (event.key.toLowerCase() !== "m") return;
    event.preventDefault();
    picked = { item, day: item.dataset.at };
    item.classList.add("is-picked");
    over(picked.day);
    say(words.picked, item.dataset.name);
    return;
  }
  const step = stepOf(event.key);
  if (step) {
    picked.day = daysLater(picked.day, step);
    over(picked.day);
    say(words.over, named(picked.day));
  } else if (event.key === "Enter") {
    const { day } = picked;
    leave("");
    put(item, day);
  } else if (event.key === "Escape") {
    leave(words.left);
  } else {
    return;
  }
  event.preventDefault();
});
plan.addEventListener("focusout", () => leave(words.left));

// --- By drag ---------------------------------------------------------------------------------------------------------
let drag = null; // {item, x, y, ghost, day, id}

const dayUnder = (x, y) => document.elementsFromPoint(x, y).find((each) => each.dataset?.day)?.dataset.day ?? null;

const drop = () => {
  if (!drag) return null;
  const done = drag;
  drag = null;
  done.ghost?.remove();
  done.item.classList.remove("is-dragged");
  return done;
};

plan.addEventListener("pointerdown", (event) => {
  const item = event.target.closest("[data-item]");
  const held = event.target.closest(event.pointerType === "touch" ? ".plan-item__grip" : ".pill, .plan-item__grip");
  if (!item || !held || event.button !== 0) return;
  drag = { item, x: event.clientX, y: event.clientY, ghost: null, day: null, id: event.pointerId };
});

// The pill is a link, which browsers would drag by themselves.
plan.addEventListener("dragstart", (event) => event.preventDefault());

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  if (!drag.ghost) {
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < START) return;
    drag.ghost = drag.item.querySelector(".pill").cloneNode(true);
    drag.ghost.classList.add("plan__ghost");
    drag.ghost.setAttribute("aria-hidden", "true");
    drag.ghost.style.inlineSize = `${drag.item.querySelector(".pill").offsetWidth}px`;
    document.body.append(drag.ghost);
    drag.item.classList.add("is-dragged");
  }
  drag.ghost.style.transform = `translate(${event.clientX - 20}px, ${event.clientY - 20}px)`;
  drag.day = dayUnder(event.clientX, event.clientY);
  over(drag.day);
});

document.addEventListener("pointerup", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  const { item, ghost, day } = drop();
  if (!ghost) return;
  // The click that follows would follow the link.
  const stop = (click) => {
    click.preventDefault();
    click.stopPropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 0);
  over(null);
  if (day) put(item, day);
});

document.addEventListener("pointercancel", () => {
  drop();
  over(null);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drop()) over(null);
});

document.querySelector("[data-plan-hint]").hidden = false;
