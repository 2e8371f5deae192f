// What is to be heard, felt or seen at one instant. Values only: no DOM, no sound.
//
// A cue is {key, sound, say}: `key` is another whenever there is something new, so that who looks often plays each once,
// and who looks again after a minute plays the latest alone. `sound` is count, go, half, turn, rest, rep or end; `say`
// the words, "" for none.

import { isOver, isPaused, lengthOf, remaining } from "./clock.js";

const COUNTED = 3; // seconds before a change that are counted down
const HALVED = 16; // seconds from which a hold has a half

/** The cue that holds at `now`; null while nothing is to be heard. */
export function cueAt(phases, state, now, words, steps) {
  if (isOver(phases, state)) return { key: "end", sound: "end", say: words.over };
  if (isPaused(state)) return null;
  const phase = phases[state.phase];
  const left = remaining(state, now) / 1000;
  const length = lengthOf(phases, state) / 1000;
  const passed = length - left;
  const at = (name, sound, say = "") => ({ key: `${state.phase}:${name}`, sound, say });
  const counted = Math.ceil(left);
  if (phase.kind !== "work" && phase.kind !== "release" && counted <= COUNTED && counted > 0) {
    return at(`count${counted}`, "count", String(counted));
  }
  if (phase.kind === "work" && phase.pace !== null && !phase.open && phase.reps) {
    const rep = Math.min(Math.floor(passed / phase.pace) + 1, phase.reps);
    return at(`rep${rep}`, rep === 1 ? "go" : "rep", String(rep));
  }
  if (phase.kind === "work" && !phase.open && length >= HALVED && passed >= length / 2) {
    return at("half", "half", words.half);
  }
  return at("start", STARTS[phase.kind], said(phase, words, steps));
}

const STARTS = { ready: "rest", work: "go", release: "rest", switch: "turn", rest: "rest" };

function said(phase, words, steps) {
  if (phase.kind === "ready") return steps[phase.step].name;
  if (phase.kind === "switch") return phase.side === "left" ? words.toLeft : words.toRight;
  if (phase.kind === "rest") return words.rest;
  if (phase.kind === "release") return words.release;
  return phase.pace === null && phase.reps !== null ? words.hold : "";
}
