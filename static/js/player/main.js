// The guided warm-up: start, stage, log. What happens when is decided in timeline.js and clock.js; this shows it.

import * as clock from "./clock.js";
import { stayAwake } from "./awake.js";
import { forget, keep, recall } from "./keep.js";
import { cueAt } from "./cues.js";
import { countedIn } from "./body.js";
import { armLog } from "./log.js";
import { armSwitches, prepare, signal, unlock } from "./signals.js";
import { fill, minutesText, picture } from "./picture.js";
import { inTurn, later } from "./tasks.js";
import { timeline } from "./timeline.js";
import { uuid } from "./uuid.js";

const TICK = 200; // how often to look at the clock; nothing is counted in ticks

const root = document.querySelector("[data-player]");
const data = JSON.parse(document.getElementById("player-data").textContent);
const { words } = data;
const MORE = 15; // seconds
let steps = data.steps;
let phases = timeline(steps, data.seconds);
const screens = Object.fromEntries([...root.querySelectorAll("[data-screen]")].map((each) => [each.dataset.screen, each]));
const part = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((each) => [each.dataset.part, each]));
const form = root.querySelector("form[data-log]");

let warmUp = null; // {id, startedAt, finishedAt, state, swaps: {step: reason}, reasons: {step: reason}}
let heard = ""; // the key of the cue that was told last
let savedAt = 0; // in seconds
let told = { step: null, turn: "" };
let figured = ""; // what figures were asked for last

// --- Screens ------------------------------------------------------------------------------------------------------

function show(name) {
  for (const [each, screen] of Object.entries(screens)) screen.hidden = each !== name;
  document.documentElement.classList.toggle("is-guided", name === "stage");
}

/** On to a screen's first control or heading. Both ask for the layout, so they come once all is written. */
function arrive(place) {
  place.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

function start() {
  const now = Date.now();
  arrange({});
  const state = clock.begin(phases, now);
  warmUp = { id: uuid(), startedAt: new Date(now).toISOString(), finishedAt: null, state, swaps: {}, reasons: {} };
  toStage();
}

/** The steps with what was swapped on the spot, and their phases. */
function arrange(swaps) {
  steps = data.steps.map((step, index) => (swaps[index] ? step.instead[swaps[index]] : step));
  phases = timeline(steps, data.seconds);
}

function toStage() {
  unlock();
  warmUp.finishedAt = null;
  told = { step: null, turn: "" };
  // Not in the press: a browser lays the page out at the end of it, in the same task.
  inTurn([
    () => {
      show("stage");
      draw();
    },
    () => getComputedStyle(part.main).color, // styles and layout apart: each takes as long as all the words
    () => screens.stage.hidden || arrive(part.main),
  ]);
}

function toLog() {
  const now = Date.now();
  const over = clock.isOver(phases, warmUp.state);
  // The clock may have run out long before anybody looked again.
  const ended = over && !clock.isPaused(warmUp.state) ? warmUp.state.deadline : now;
  warmUp.finishedAt ??= new Date(Math.max(ended, Date.parse(warmUp.startedAt))).toISOString();
  warmUp.state = clock.pause(warmUp.state, now);
  save();
  stayAwake(false);
  const done = clock.results(steps, phases, warmUp.state);
  if (form) fillForm(done);
  part.summary.textContent = fill(words.summary, { done: done.filter((row) => !row.skipped).length, total: steps.length });
  part.again.hidden = over;
  show("log");
  arrive(part.logHead);
}

function fillForm(done) {
  const field = form.elements;
  field.id.value = warmUp.id;
  field.started_at.value = warmUp.startedAt;
  field.finished_at.value = warmUp.finishedAt;
  field.edited_at.value = warmUp.finishedAt;
  // What the version itself tells (swaps, what is left out because it hurts) and what was done of it.
  const rows = new Map((data.noted ?? []).map((row) => [row.position, row]));
  done.forEach((row, index) => rows.set(row.position, { ...rows.get(row.position), ...row, ...why(row, index) }));
  field.steps.value = JSON.stringify([...rows.values()]);
  field.outcome.value = clock.outcome(steps, done, data.short);
  form.querySelectorAll("[data-answer]").forEach((box) => {
    const { answer: position, counted } = box.dataset;
    const row = rows.get(Number(position));
    if (!row) return;
    const step = steps.find((each) => each.position === Number(position));
    const unit = countedIn(row, counted);
    box.querySelector("[data-name]").textContent = step.name;
    box.querySelector("[data-dose]").textContent = `${step.dose} ${step.unit}`.trim();
    box.querySelector('label[for$="-amount"]').textContent = box.parentElement.getAttribute(`data-${unit}`);
    noteIn(field[`step-${position}-state`], row.skipped ? "skipped" : "done");
    noteIn(field[`step-${position}-sets`], row.sets_done ?? "");
    noteIn(field[`step-${position}-amount`], row[unit] ?? "");
  });
}

/** Write into a field unless somebody else has: what was typed before one went back to the warm-up stays. */
function noteIn(field, value) {
  if (field.value !== (field.dataset.noted ?? "")) return;
  field.value = field.dataset.noted = String(value);
}

/** What the athlete said of a step on the way: what they did instead, or why they left it out. */
function why(row, index) {
  const swapped = warmUp.swaps[index];
  if (swapped) return { swapped_for: steps[index].slug, skip_reason: swapped };
  return row.skipped && warmUp.reasons[index] ? { skip_reason: warmUp.reasons[index] } : {};
}

// --- The stage ----------------------------------------------------------------------------------------------------

/** Show the state as it is now. Safe to call as often as one likes. */
function draw() {
  if (!warmUp || screens.stage.hidden) return;
  const now = Date.now();
  warmUp.state = clock.settle(phases, warmUp.state, now);
  tell(cueAt(phases, warmUp.state, now, words, steps));
  const seen = picture(phases, warmUp.state, now, words, data.seconds.leadIn);
  if (!seen) {
    toLog();
    return;
  }
  stayAwake(!seen.paused);
  const step = steps[seen.step];
  const next = steps[seen.step + 1];
  const place = fill(words.step, { n: seen.step + 1, total: steps.length });
  set(screens.stage, "kind", seen.kind);
  set(screens.stage, "paused", String(seen.paused));
  write(part.place, place);
  write(part.left, minutesText(Math.ceil(clock.totalLeft(phases, warmUp.state, now) / 1000)));
  write(part.name, step.name);
  write(part.dose, step.dose);
  write(part.unitOfDose, step.unit);
  write(part.cue, seen.kind === "ready" ? step.setUp || step.cue : step.cue);
  write(part.side, seen.place);
  write(part.word, seen.paused ? words.paused : seen.word);
  write(part.number, seen.number);
  write(part.unit, seen.unit);
  set(part.number, "length", String(seen.number.length));
  write(part.mainWord, { pause: words.pause, resume: words.resume, pass: words.done }[seen.main]);
  set(part.main, "main", seen.main);
  part.early.hidden = !seen.early;
  part.ring.setAttribute("stroke-dasharray", `${(100 * seen.share).toFixed(2)} 100`);
  steps.forEach((_, index) => {
    const bar = part.ribbon.querySelector(`[data-fill="${index}"]`);
    bar.setAttribute("width", `${(Number(bar.dataset.width) * clock.stepShare(phases, warmUp.state, now, index)).toFixed(2)}%`);
  });
  write(part.next, next ? fill(words.next, { name: next.name, dose: `${next.dose} ${next.unit}`.trim() }) : words.last);
  drawFigures(seen, next ? seen.step + 1 : null);
  announce(seen, step, place);
  if (Math.floor(now / 1000) !== savedAt) save();
}

/** Each cue once; nothing for the first one after a pause that was told before it. */
function tell(cue) {
  if (!cue || cue.key === heard) return;
  heard = cue.key;
  signal(cue, screens.stage);
}

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function set(place, name, value) {
  if (place.dataset[name] !== value) place.dataset[name] = value;
}

/** The figures of another step come after its words: to copy them and lay them out takes as long as all the rest. */
function drawFigures({ step, paused, side }, next) {
  const wanted = [step, steps[step].slug, paused, side, next].join(" ");
  if (figured === wanted) return;
  figured = wanted;
  const copy = () => {
    if (figured !== wanted) return;
    largeFigure(part.figure, step, { still: paused, side });
    figure(part.nextFigure, next);
  };
  if (told.step === step) copy();
  else later(copy, told.step === null ? "background" : "user-visible");
}

/** The small figure of a step, taken from the list on the first screen; null empties the place. */
function figure(place, index) {
  copyFigure(place, index, index === null ? "" : `${index} ${steps[index].slug}`);
}

/** The large figure of a step: on its side, and moving unless `still` or unless less motion is wanted. */
function largeFigure(place, index, { still, side }) {
  const copied = copyFigure(place, index, [steps[index].slug, still, side].join(" "));
  const picture = copied.find((copy) => copy.dataset.moving);
  if (!picture) return;
  const { moving, movingDark, still: calm, stillDark: calmDark } = picture.dataset;
  const of = (address) => (side ? `${address}&side=${side}` : address);
  const source = (media, srcset) => Object.assign(document.createElement("source"), { media, srcset: of(srcset) });
  const [dark, lessMotion] = ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"];
  const image = picture.querySelector("img");
  image.src = of(still ? calm : moving);
  picture.replaceChildren(
    source(`${lessMotion} and ${dark}`, calmDark),
    source(lessMotion, calm),
    source(dark, still ? calmDark : movingDark),
    image,
  );
}

function figureOf(index) {
  const swapped = warmUp?.swaps[index] && `[data-stand-in="${steps[index].slug}"]`;
  return swapped || `[data-step="${index}"] .figure-card__figure`;
}

/** Put a copy of a step's figure into `place` unless it holds what `name` says already; the new nodes. */
function copyFigure(place, index, name) {
  if (place.dataset.figure === name) return [];
  place.dataset.figure = name;
  const found = index === null ? null : screens.start.querySelector(figureOf(index));
  const copies = found ? [...found.children].map((child) => child.cloneNode(true)) : [];
  copies.flatMap((copy) => [...copy.querySelectorAll("img")]).forEach((image) => (image.loading = "eager"));
  place.replaceChildren(...copies);
  return copies;
}

/** Tell a screen reader of a new step and of a change of sides, and of nothing that happens every second. */
function announce({ step: index, turn, place: side }, step, place) {
  if (told.step !== index) write(part.announce, [place, step.name, `${step.dose} ${step.unit}`.trim(), side].filter(Boolean).join(". "));
  else if (turn && told.turn !== turn) write(part.announce, turn);
  told = { step: index, turn };
}

// --- Controls -----------------------------------------------------------------------------------------------------

const actions = {
  start,
  resume() {
    if (warmUp.finishedAt && clock.isOver(phases, warmUp.state)) {
      toLog();
      return;
    }
    move(clock.resume);
    toStage();
  },
  again() {
    toStage();
  },
  anew() {
    forget(data.key);
    start();
  },
  main() {
    const { main } = part.main.dataset;
    if (main === "pass") move((state, now) => clock.pass(phases, state, now));
    else move(main === "resume" ? clock.resume : clock.pause);
    draw();
  },
  early() {
    move((state, now) => clock.pass(phases, state, now));
    draw();
    part.main.focus();
  },
  back() {
    move((state, now) => clock.back(phases, state, now));
    draw();
  },
  skip() {
    move((state, now) => clock.skip(phases, state, now));
    draw();
  },
  more() {
    move((state) => clock.extend(phases, state, MORE));
    draw();
  },
  ask() {
    const { step } = phases[warmUp.state.phase];
    part.why.querySelectorAll("[data-why]").forEach((button) => {
      const instead = warmUp.swaps[step] ? null : data.steps[step].instead?.[button.dataset.why];
      button.querySelector("[data-instead]").textContent = instead ? fill(words.instead, { name: instead.name }) : words.justSkip;
    });
    part.why.dataset.ran = clock.isPaused(warmUp.state) ? "" : "yes";
    move(clock.pause);
    part.why.showModal();
    draw();
  },
  cues() {
    unlock();
    part.cueBox.showModal();
  },
  end: toLog,
};

/** An answer to what is wrong with the step: its stand-in from the start, or on to the next one. */
function answer(reason) {
  const { step } = phases[warmUp.state.phase];
  const now = Date.now();
  if (!warmUp.swaps[step] && data.steps[step].instead?.[reason]) {
    warmUp.swaps[step] = reason;
    arrange(warmUp.swaps);
    warmUp.state = clock.begunAnew(phases, warmUp.state, step, now);
  } else {
    warmUp.reasons[step] = reason;
    warmUp.state = clock.resume(clock.skip(phases, warmUp.state, now), now);
  }
  part.why.dataset.ran = "";
  part.why.close();
  part.main.focus();
  draw(); // the sheet tells that it is closed only a moment later
}

part.why.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-why]");
  if (pressed) answer(pressed.dataset.why);
});
part.why.addEventListener("close", () => {
  if (part.why.dataset.ran) move(clock.resume); // nothing was chosen: on as before, at the button that asked
  draw();
});

function move(change) {
  const now = Date.now();
  warmUp.state = change(clock.settle(phases, warmUp.state, now), now);
}

root.addEventListener("click", (event) => {
  event.target.closest("[data-close]")?.closest("dialog").close();
  const pressed = event.target.closest("[data-do]");
  if (pressed) actions[pressed.dataset.do]();
});

document.addEventListener("keydown", (event) => {
  if (screens.stage.hidden || part.why.open || part.cueBox.open || event.ctrlKey || event.metaKey || event.altKey) return;
  // A focused button answers to the space bar by itself.
  const onButton = event.target instanceof Element && event.target.closest("button, a, input");
  const wanted = { ArrowRight: "skip", ArrowLeft: "back", " ": onButton ? null : "main" }[event.key];
  if (!wanted) return;
  event.preventDefault();
  actions[wanted]();
});

// --- Keeping ------------------------------------------------------------------------------------------------------

function save() {
  savedAt = Math.floor(Date.now() / 1000);
  if (warmUp) keep(data.key, { ...warmUp, state: clock.pause(warmUp.state, Date.now()) });
}

document.addEventListener("visibilitychange", draw);
window.addEventListener("pageshow", (event) => {
  // Come back to by the browser's button after it was saved: begin anew.
  if (event.persisted && warmUp && !recall(data.key)) location.reload();
  else draw();
});
window.addEventListener("pagehide", save);
setInterval(draw, TICK);

// --- Ready --------------------------------------------------------------------------------------------------------

armLog(root);
armSwitches(part.cueBox, screens.stage);
// One screen at a time, each with its first heading.
part.name.setAttribute("aria-level", "1");
part.logHead.setAttribute("aria-level", "1");
if (root.dataset.open === "log") {
  show("log");
  part.again.hidden = true;
} else {
  show("start");
  const kept = recall(data.key);
  if (kept) {
    warmUp = { swaps: {}, reasons: {}, ...kept };
    arrange(warmUp.swaps);
    const over = clock.isOver(phases, kept.state);
    const at = over ? null : phases[kept.state.phase];
    part.resumeText.textContent = over
      ? words.unsaved
      : fill(words.stopped, {
          n: at.step + 1,
          total: steps.length,
          name: steps[at.step].name,
          left: minutesText(Math.ceil(clock.totalLeft(phases, kept.state, Date.now()) / 1000)),
        });
    part.resumeWord.textContent = over ? words.logIt : words.carryOn;
  }
  part.ask.hidden = !kept;
  part.begin.hidden = Boolean(kept);
}
(window.requestIdleCallback ?? setTimeout)(prepare);
root.dataset.ready = "";
