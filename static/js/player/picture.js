// What the stage shows at one instant. Values only: a state in, words and numbers out.

import { isOver, isPaused, lengthOf, remaining } from "./clock.js";

const EARLY = ["ready", "switch", "rest"]; // waiting that one may cut short

/** "{n} of {total}" with its values. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Seconds as 42, or 1:05 from a hundred on. */
export function clockText(seconds) {
  return seconds < 100 ? String(seconds) : minutesText(seconds);
}

/** Seconds as 4:07. */
export function minutesText(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * {kind, step, side, word, place, number, unit, share, main, early, paused, turn} at `now`, or null when all is over.
 * `share` is how much of the phase has passed, 0 to 1; `main` what the one control does: pause, resume or pass;
 * `turn` what to say aloud at a change of sides.
 */
export function picture(phases, state, now, words, leadIn) {
  if (isOver(phases, state)) return null;
  const phase = phases[state.phase];
  const left = Math.max(remaining(state, now), 0);
  const seconds = Math.ceil(left / 1000);
  const length = lengthOf(phases, state);
  const paused = isPaused(state);
  return {
    kind: phase.kind,
    step: phase.step,
    side: ["left", "right"].includes(phase.side) ? phase.side : null,
    place: placeOf(phase, words),
    turn: phase.kind === "switch" ? turnOf(phase, words) : "",
    share: length ? 1 - left / length : 1,
    main: paused ? "resume" : phase.open ? "pass" : "pause",
    early: EARLY.includes(phase.kind) && !paused,
    paused,
    ...shown(phase, seconds, length - left, words, leadIn),
  };
}

function placeOf(phase, words) {
  const set = phase.sets > 1 ? fill(words.set, { n: phase.set, total: phase.sets }) : "";
  const side = { left: words.leftSide, right: words.rightSide }[phase.side] ?? "";
  return [side, set].filter(Boolean).join(" · ");
}

function turnOf(phase, words) {
  const turn = phase.side === "left" ? words.toLeft : words.toRight;
  return phase.sets > 1 ? `${turn}. ${fill(words.set, { n: phase.set, total: phase.sets })}` : turn;
}

function shown(phase, seconds, passed, words, leadIn) {
  const time = { number: clockText(seconds), unit: "" };
  if (phase.kind === "ready") return { ...time, word: seconds > leadIn ? words.place : words.ready };
  if (phase.kind === "switch") return { ...time, word: words.switch };
  if (phase.kind === "rest") return { ...time, word: words.rest };
  if (phase.kind === "release") return { ...time, word: words.release };
  if (phase.reps === null) return { number: String(phase.metres), unit: words.metres, word: words.ownPace };
  if (phase.pace === null) return { ...time, word: phase.reps > 1 ? fill(words.holdOf, { n: phase.rep, total: phase.reps }) : words.hold };
  if (phase.open) return { number: String(phase.reps), unit: words.reps, word: words.ownPace };
  const rep = Math.min(Math.floor(passed / 1000 / phase.pace) + 1, phase.reps);
  return { number: String(rep), unit: fill(words.of, { n: phase.reps }), word: words.rep };
}
