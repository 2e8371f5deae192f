// How a cue is told: by sound, words, vibration and a flash, each of them switchable and kept on this device.

const KEPT = "prestride:cues";
const DEFAULTS = { sound: true, speech: false, vibration: true, flash: true };
// [frequency in Hz, begins at, lasts] in seconds: each cue has a shape of its own.
const TONES = {
  count: [[660, 0, 0.09]],
  go: [[990, 0, 0.28]],
  half: [[740, 0, 0.1], [740, 0.16, 0.1]],
  turn: [[520, 0, 0.14], [780, 0.16, 0.22]],
  rest: [[440, 0, 0.25]],
  rep: [[1180, 0, 0.04]],
  end: [[660, 0, 0.16], [830, 0.18, 0.16], [990, 0.36, 0.4]],
};
const SHAKES = { count: 40, go: 180, half: [60, 60, 60], turn: [160, 90, 160], rest: 90, rep: 0, end: [120, 80, 120, 80, 260] };
const FLASHED = ["go", "turn", "rest", "end"];

let audio = null;

/** What is switched on: {sound, speech, vibration, flash}. */
export function switches() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEPT)) };
  } catch {
    return { ...DEFAULTS };
  }
}

export function turn(name, on) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...switches(), [name]: on }));
  } catch {
    // It holds until the page is left.
  }
}

/** What this browser can do of it. */
export function able() {
  return {
    sound: "AudioContext" in window,
    speech: "speechSynthesis" in window,
    vibration: typeof navigator.vibrate === "function",
    flash: true,
  };
}

/** Make ready what takes a slow phone a tenth of a second: call this while nobody waits. */
export function prepare() {
  if (able().sound) audio ??= new AudioContext();
}

/** Browsers let a page make sounds only after a press: call this in one. */
export function unlock() {
  prepare();
  audio?.resume();
}

/** Tell a cue {sound, say} by all that is switched on, or by `only` one. `place` is what flashes. */
export function signal({ sound, say }, place, only = null) {
  const on = only ? { [only]: true } : switches();
  if (on.sound) ring(sound);
  if (on.speech && say) speak(say);
  if (on.vibration && able().vibration && SHAKES[sound]) navigator.vibrate(SHAKES[sound]);
  if (on.flash && place && FLASHED.includes(sound)) flash(place);
}

function ring(name) {
  if (audio?.state !== "running") return;
  for (const [frequency, begins, lasts] of TONES[name] ?? []) {
    const tone = new OscillatorNode(audio, { frequency, type: "triangle" });
    const volume = new GainNode(audio, { gain: 0 });
    const start = audio.currentTime + begins;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.5, start + 0.01);
    volume.gain.linearRampToValueAtTime(0, start + lasts);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + lasts);
  }
}

function speak(text) {
  if (!able().speech) return;
  speechSynthesis.cancel(); // the latest alone
  const words = new SpeechSynthesisUtterance(text);
  words.lang = document.documentElement.lang;
  speechSynthesis.speak(words);
}

/** A light over `place`, once; its style is a border where less motion is wanted. */
function flash(place) {
  // Under another name each time, it begins anew; to ask for the layout in between would cost a slow phone a frame.
  place.classList.add("is-flashing");
  place.classList.toggle("is-flashing--again");
}

/** Arm the switches and the "try it" buttons inside `root`. */
export function armSwitches(root, place) {
  const on = switches();
  const can = able();
  root.querySelectorAll("[data-switch]").forEach((box) => {
    box.checked = on[box.dataset.switch] && can[box.dataset.switch];
    box.disabled = !can[box.dataset.switch];
    box.closest("[data-cue-row]").querySelector("[data-unable]").hidden = can[box.dataset.switch];
    box.addEventListener("change", () => turn(box.dataset.switch, box.checked));
  });
  root.querySelectorAll("[data-try]").forEach((button) => {
    button.addEventListener("click", () => {
      unlock();
      const [only, sound] = button.dataset.try.split(" ");
      signal({ sound, say: button.dataset.say ?? "" }, place, only);
    });
  });
}
