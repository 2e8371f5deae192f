// A routine's steps as the phases that a clock runs through. Values only: no DOM, no clock.
//
// A phase is {step, kind, seconds, open, set, sets, side, rep, reps, pace, metres}. Its kind is
//   ready    getting into place for a step
//   work     repetitions, one hold, or a distance
//   release  letting go between holds
//   switch   changing sides
//   rest     between two sets
// An open phase does not end by itself: a distance, or repetitions at one's own pace. Its seconds are a guess that the
// bar needs. The lengths come from the server (warmups/domain/durations.py), so both say the same of a routine.

/**
 * The phases of `steps`, in order.
 * A step is {mode, sets, reps, hold, metres, sides, rest, pace, paced}: seconds for hold, rest and pace (of one
 * repetition or metre); `paced` says whether the pace is prescribed or only a guess.
 * `seconds` is {setUp, sideChange, holdChange}.
 */
export function timeline(steps, seconds) {
  return steps.flatMap((step, index) => stepPhases(step, index, seconds));
}

function stepPhases(step, index, seconds) {
  const phases = [{ kind: "ready", seconds: seconds.setUp, set: 1, side: sidesOf(step)[0] }];
  for (let set = 1; set <= step.sets; set += 1) {
    if (set > 1 && step.rest) phases.push({ kind: "rest", seconds: step.rest, set, side: sidesOf(step)[0] });
    sidesOf(step).forEach((side, turn) => {
      if (turn) phases.push({ kind: "switch", seconds: seconds.sideChange, set, side });
      phases.push(...workPhases(step, seconds).map((phase) => ({ ...phase, set, side })));
    });
  }
  return phases.map((phase) => ({ open: false, rep: null, reps: null, pace: null, metres: null, ...phase, step: index, sets: step.sets }));
}

function sidesOf(step) {
  if (step.sides === "each") return ["left", "right"];
  return [step.sides];
}

function workPhases(step, seconds) {
  if (step.mode === "hold") return holds(step, seconds);
  if (step.mode === "distance") return [{ kind: "work", seconds: step.metres * step.pace, open: true, metres: step.metres }];
  return [{ kind: "work", seconds: step.reps * step.pace, open: !step.paced, reps: step.reps, pace: step.pace }];
}

function holds(step, seconds) {
  const phases = [];
  for (let rep = 1; rep <= step.reps; rep += 1) {
    phases.push({ kind: "work", seconds: step.hold, rep, reps: step.reps });
    phases.push({ kind: "release", seconds: seconds.holdChange, rep, reps: step.reps });
  }
  return phases;
}

/** The seconds of all `phases`. */
export function totalSeconds(phases) {
  return phases.reduce((sum, phase) => sum + phase.seconds, 0);
}

/** Where step `index` begins; the number of phases if there is no such step. */
export function firstPhase(phases, index) {
  const found = phases.findIndex((phase) => phase.step === index);
  return found < 0 ? phases.length : found;
}
