// The clock and the timeline of the guide, on made-up routines.

import * as clock from "/static/js/player/clock.js";
import { firstPhase, timeline, totalSeconds } from "/static/js/player/timeline.js";
import { cueAt } from "/static/js/player/cues.js";
import { picture } from "/static/js/player/picture.js";

const SECONDS = { setUp: 8, sideChange: 5, holdChange: 3, leadIn: 5 };
const WORDS = { half: "Half way", over: "Well done", toLeft: "left", toRight: "right", rest: "Rest", release: "Let go", hold: "Hold" };
const PICTURED = { ...WORDS, set: "", leftSide: "", rightSide: "", holdOf: "", of: "", rep: "Rep", reps: "reps", metres: "metres" };
const T0 = Date.UTC(2027, 2, 15, 6, 10);

function equal(found, wanted, what = "") {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what} ${a} is not ${b}`);
}

/** The same numbers each time, so that what fails once fails again. */
function dice(seed) {
  return (below) => {
    seed = (seed * 1664525 + 1013904223) % 4294967296;
    return Math.floor((seed / 4294967296) * below);
  };
}

function routine(roll) {
  return Array.from({ length: 1 + roll(5) }, (_, index) => {
    const mode = ["reps", "hold", "distance"][roll(3)];
    return {
      position: index + 1,
      name: `step ${index + 1}`,
      mode,
      sets: 1 + roll(3),
      reps: 1 + roll(6),
      hold: 5 + roll(30),
      metres: 10 + roll(40),
      sides: ["each", "left", "right", null][roll(4)],
      rest: roll(2) ? roll(40) : 0,
      pace: 1 + roll(4),
      paced: roll(2) === 1,
    };
  });
}

/** A hundred routines with `check(steps, phases, roll)`. */
function always(check) {
  for (let seed = 1; seed <= 100; seed += 1) {
    const roll = dice(seed);
    const steps = routine(roll);
    check(steps, timeline(steps, SECONDS), roll, seed);
  }
}

/** Through all phases: open ones are passed by hand. Returns the state and how long it took, in ms. */
function through(phases, state, now) {
  while (!clock.isOver(phases, state)) {
    now = state.deadline;
    state = phases[state.phase].open ? clock.pass(phases, state, now) : clock.settle(phases, state, now);
  }
  return [state, now];
}

export const cases = {
  "steps keep their order and none is missing"() {
    always((steps, phases) => {
      const order = phases.map((phase) => phase.step);
      equal(order, [...order].sort((a, b) => a - b));
      equal([...new Set(order)], steps.map((_, index) => index));
    });
  },
  "both sides are worked for the same time"() {
    always((steps, phases) => {
      steps.forEach((step, index) => {
        if (step.sides !== "each") return;
        const seconds = (side) =>
          totalSeconds(phases.filter((phase) => phase.step === index && phase.kind === "work" && phase.side === side));
        equal(seconds("left"), seconds("right"));
      });
    });
  },
  "going through takes the sum of all phases"() {
    always((steps, phases) => {
      const [, ended] = through(phases, clock.begin(phases, T0), T0);
      equal(ended - T0, totalSeconds(phases) * 1000);
    });
  },
  "looking once is as good as looking often"() {
    always((steps, phases, roll) => {
      const late = T0 + roll(400_000);
      const between = T0 + roll(late - T0 + 1);
      const begun = clock.begin(phases, T0);
      equal(clock.settle(phases, clock.settle(phases, begun, between), late), clock.settle(phases, begun, late));
    });
  },
  "a pause keeps what is left, however long it is"() {
    always((steps, phases, roll) => {
      const at = T0 + roll(60_000);
      const state = clock.settle(phases, clock.begin(phases, T0), at);
      const after = at + roll(10_000_000);
      const again = clock.resume(clock.pause(state, at), after);
      equal(again.phase, state.phase);
      equal(clock.remaining(again, after), clock.remaining(state, at));
    });
  },
  "all done by the clock is done"() {
    always((steps, phases) => {
      const [state] = through(phases, clock.begin(phases, T0), T0);
      equal(clock.outcome(steps, clock.results(steps, phases, state)), "done");
      equal(clock.outcome(steps, clock.results(steps, phases, state), true), "short");
    });
  },
  "what is skipped is skipped and nothing else"() {
    always((steps, phases, roll) => {
      const skipped = roll(steps.length);
      let state = clock.begin(phases, T0);
      let now = T0;
      while (!clock.isOver(phases, state)) {
        if (phases[state.phase].step === skipped) {
          state = clock.skip(phases, state, now);
        } else {
          now = state.deadline;
          state = clock.pass(phases, state, now);
        }
      }
      equal(clock.results(steps, phases, state).map((row) => row.skipped), steps.map((_, index) => index === skipped));
    });
  },
  "back and through again is as if nothing had been"() {
    always((steps, phases, roll) => {
      const at = T0 + roll(200_000);
      let state = clock.settle(phases, clock.begin(phases, T0), at);
      state = clock.back(phases, state, at);
      const [ended] = through(phases, state, at);
      equal(clock.outcome(steps, clock.results(steps, phases, ended)), "done");
    });
  },
  "fifteen seconds more are fifteen seconds more"() {
    always((steps, phases, roll) => {
      const at = T0 + roll(30_000);
      const state = clock.settle(phases, clock.begin(phases, T0), at);
      if (clock.isOver(phases, state)) return;
      const left = clock.remaining(state, at);
      equal(clock.remaining(clock.extend(phases, state, 15), at), left + 15_000);
      const paused = clock.pause(state, at);
      equal(clock.remaining(clock.extend(phases, paused, 15), at + 99), left + 15_000);
    });
  },
  "time that is added neither counts backwards nor turns anything back"() {
    always((steps, phases, roll) => {
      const at = T0 + roll(30_000);
      const state = clock.settle(phases, clock.begin(phases, T0), at);
      if (clock.isOver(phases, state)) return;
      const before = picture(phases, state, at, PICTURED, SECONDS.leadIn);
      const longer = clock.extend(phases, clock.extend(phases, state, 15), 15);
      const after = picture(phases, longer, at, PICTURED, SECONDS.leadIn);
      if (before.word === "Rep") equal(after.number, before.number);
      equal(after.share >= 0 && after.share <= before.share, true);
      const share = clock.stepShare(phases, longer, at, phases[state.phase].step);
      equal(share >= 0 && share <= 1, true);
      const last = picture(phases, longer, longer.deadline - 1, PICTURED, SECONDS.leadIn);
      equal(last.share > 0.999, true);
      equal(clock.pass(phases, longer, at).more, 0);
    });
  },
  "a step begun anew starts with getting into place and keeps what was done before"() {
    always((steps, phases, roll) => {
      const index = roll(steps.length);
      let state = clock.begin(phases, T0);
      while (!clock.isOver(phases, state) && phases[state.phase].step < index) state = clock.pass(phases, state, T0);
      const done = state.done;
      state = clock.begunAnew(phases, clock.pass(phases, state, T0), index, T0 + 5);
      equal([state.phase, state.done, state.deadline], [firstPhase(phases, index), done, T0 + 5 + SECONDS.setUp * 1000]);
    });
  },
  "a phone that slept gets the latest cue alone"() {
    const steps = [{ position: 1, name: "plank", mode: "hold", sets: 1, reps: 1, hold: 30, sides: "each", rest: 0, pace: 1, paced: true }];
    const phases = timeline(steps, SECONDS);
    const at = (seconds) => {
      const now = T0 + seconds * 1000;
      return cueAt(phases, clock.settle(phases, clock.begin(phases, T0), now), now, WORDS, steps);
    };
    equal(at(0).sound, "rest");
    equal([at(5.5).key, at(6.5).key, at(7.5).key], ["0:count3", "0:count2", "0:count1"]);
    equal(at(8.2), { key: "1:start", sound: "go", say: "Hold" });
    equal(at(24), { key: "1:half", sound: "half", say: "Half way" });
    equal(at(38 + 3 + 0.5), { key: "3:start", sound: "turn", say: "right" });
    equal(at(3600).sound, "end");
  },
  "each repetition has a cue of its own and no two"() {
    const steps = [{ position: 1, name: "squat", mode: "reps", sets: 1, reps: 4, sides: null, rest: 0, pace: 3, paced: true }];
    const phases = timeline(steps, SECONDS);
    const keys = new Set();
    for (let ms = 8_000; ms < 20_000; ms += 100) {
      keys.add(cueAt(phases, clock.settle(phases, clock.begin(phases, T0), T0 + ms), T0 + ms, WORDS, steps).key);
    }
    equal([...keys], ["1:rep1", "1:rep2", "1:rep3", "1:rep4"]);
  },
  "nothing is heard in a pause"() {
    always((steps, phases, roll) => {
      const at = T0 + roll(90_000);
      const state = clock.pause(clock.settle(phases, clock.begin(phases, T0), at), at);
      if (!clock.isOver(phases, state)) equal(cueAt(phases, state, at + 5_000, WORDS, steps), null);
    });
  },
  "a hold that was made longer is noted as long as it was, until one goes back to it"() {
    const steps = [{ position: 1, name: "plank", mode: "hold", sets: 1, reps: 2, hold: 30, sides: null, rest: 0, pace: 1, paced: true }];
    const phases = timeline(steps, SECONDS);
    let state = clock.settle(phases, clock.begin(phases, T0), T0 + 10_000); // two seconds into the first hold
    state = clock.extend(phases, state, 15);
    const [over] = through(phases, state, T0 + 10_000);
    equal(clock.results(steps, phases, over)[0].seconds_done, 45);
    equal(clock.results(steps, phases, through(phases, clock.back(phases, over, T0), T0)[0])[0].seconds_done, 30);
    const cut = clock.skip(phases, clock.extend(phases, state, 15), T0 + 11_000); // never held to its end
    equal(clock.results(steps, phases, cut)[0].seconds_done, null);
  },
  "of a set that was cut on its second side, nothing is noted as done"() {
    const step = { position: 1, name: "lunge", sets: 1, sides: "each", rest: 0, pace: 1, paced: true };
    const doses = [
      { mode: "reps", reps: 8 },
      { mode: "hold", reps: 2, hold: 30 },
      { mode: "distance", metres: 20 },
    ];
    doses.forEach((dose) => {
      const steps = [{ ...step, ...dose }];
      const phases = timeline(steps, SECONDS);
      const second = phases.findLastIndex((phase) => phase.kind === "work");
      let state = clock.begin(phases, T0);
      while (state.phase < second) state = clock.pass(phases, state, T0);
      const [row] = clock.results(steps, phases, clock.skip(phases, state, T0));
      equal([row.sets_done, row.reps_done, row.seconds_done, row.metres_done, row.skipped], [0, null, null, null, false]);
    });
  },
};
