// Where one is in a timeline. Values only: every function takes the time now, in milliseconds, and returns a new state.
//
// A state is {phase, deadline, left, more, longer, done}. While it runs, `deadline` is the wall-clock time at which the
// phase ends, so a phone that slept or a tab that was throttled is right the moment it looks again. While it is paused,
// `left` holds the milliseconds that remain. `more` is by how many the phase was made longer, `longer` the same of
// those passed, by their place. `done` has true or false for each phase passed: whether it was done or skipped.

import { firstPhase } from "./timeline.js";

/** At the first phase, running. */
export function begin(phases, now) {
  return enter({ done: [], longer: {} }, phases, 0, now);
}

function enter(state, phases, phase, from, paused = false) {
  const left = phase < phases.length ? phases[phase].seconds * 1000 : 0;
  const until = paused ? { deadline: null, left } : { deadline: from + left, left: null };
  const longer = Object.fromEntries(Object.entries(state.longer ?? {}).filter(([place]) => place < phase));
  return { phase, ...until, more: 0, longer, done: state.done.slice(0, phase) };
}

/** Whether all phases have passed. */
export function isOver(phases, state) {
  return state.phase >= phases.length;
}

export function isPaused(state) {
  return state.deadline === null;
}

/** The milliseconds that remain of the phase; below zero in an open phase that takes longer than guessed. */
export function remaining(state, now) {
  return isPaused(state) ? state.left : state.deadline - now;
}

/** The milliseconds that the phase one is in takes, with the time that was added to it. */
export function lengthOf(phases, state) {
  return phases[state.phase].seconds * 1000 + (state.more ?? 0);
}

/** The state at `now`: through all phases that have ended by then. */
export function settle(phases, state, now) {
  while (!isOver(phases, state) && !isPaused(state) && !phases[state.phase].open && now >= state.deadline) {
    state = pass(phases, state, state.deadline);
  }
  return state;
}

/** On to the next phase, this one done: by the clock, or because the athlete says so. */
export function pass(phases, state, now) {
  const done = [...state.done.slice(0, state.phase), true];
  const longer = state.more ? { ...state.longer, [state.phase]: state.more } : state.longer;
  return enter({ done, longer }, phases, state.phase + 1, now, isPaused(state));
}

export function pause(state, now) {
  return isPaused(state) ? state : { ...state, deadline: null, left: state.deadline - now };
}

export function resume(state, now) {
  return isPaused(state) ? { ...state, deadline: now + state.left, left: null } : state;
}

/** The phase goes on for so many seconds longer. */
export function extend(phases, state, seconds) {
  if (isOver(phases, state)) return state;
  const added = seconds * 1000;
  const more = (state.more ?? 0) + added;
  if (isPaused(state)) return { ...state, more, left: state.left + added };
  return { ...state, more, deadline: state.deadline + added };
}

/** At the beginning of step `index`, running: its phases are others than they were. */
export function begunAnew(phases, state, index, now) {
  return enter(state, phases, firstPhase(phases, index), now);
}

/** On to the next step; what is left of this one is skipped. */
export function skip(phases, state, now) {
  if (isOver(phases, state)) return state;
  const next = firstPhase(phases, phases[state.phase].step + 1);
  const done = [...state.done.slice(0, state.phase), ...Array(next - state.phase).fill(false)];
  return enter({ ...state, done }, phases, next, now, isPaused(state));
}

/** Back to where this step began; to the one before while this one has hardly begun. */
export function back(phases, state, now) {
  if (isOver(phases, state)) return enter(state, phases, firstPhase(phases, phases[phases.length - 1].step), now);
  const { step } = phases[state.phase];
  const hardlyBegun = state.phase === firstPhase(phases, step);
  const target = hardlyBegun ? Math.max(step - 1, 0) : step;
  return enter(state, phases, firstPhase(phases, target), now, isPaused(state));
}

/** The milliseconds that the rest of the warm-up takes. */
export function totalLeft(phases, state, now) {
  if (isOver(phases, state)) return 0;
  const later = phases.slice(state.phase + 1).reduce((sum, phase) => sum + phase.seconds * 1000, 0);
  return Math.max(remaining(state, now), 0) + later;
}

/** How much of step `index` has passed, 0 to 1, as its lengths say. */
export function stepShare(phases, state, now, index) {
  let whole = 0;
  let passed = 0;
  phases.forEach((phase, place) => {
    if (phase.step !== index) return;
    const length = place === state.phase ? lengthOf(phases, state) : phase.seconds * 1000;
    whole += length;
    if (place < state.phase) passed += length;
    if (place === state.phase) passed += length - Math.min(Math.max(remaining(state, now), 0), length);
  });
  return whole ? passed / whole : 0;
}

/** What was done, in the shape of a session's steps; of holds the seconds of the longest that was held to its end. */
export function results(steps, phases, state) {
  return steps.map((step, index) => {
    const work = phases
      .map((phase, place) => ({ ...phase, place, done: place < state.phase && state.done[place] === true }))
      .filter((phase) => phase.step === index && phase.kind === "work");
    const sets = Array.from({ length: step.sets }, (_, set) => work.filter((phase) => phase.set === set + 1));
    const setsDone = sets.filter((set) => set.every((phase) => phase.done)).length;
    const any = work.some((phase) => phase.done);
    const added = Math.max(0, ...work.filter((phase) => phase.done).map(({ place }) => state.longer?.[place] ?? 0));
    return {
      position: step.position,
      sets_done: setsDone,
      reps_done: setsDone && step.mode !== "distance" ? step.reps : null,
      seconds_done: setsDone && step.mode === "hold" ? step.hold + added / 1000 : null,
      metres_done: setsDone && step.mode === "distance" ? step.metres : null,
      skipped: !any,
    };
  });
}

/** "done" (of a short version "short") when every set of every step was, else "partial". */
export function outcome(steps, done, short = false) {
  if (!done.every((row, index) => row.sets_done === steps[index].sets)) return "partial";
  return short ? "short" : "done";
}
