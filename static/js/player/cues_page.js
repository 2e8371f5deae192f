// The page on which one tries the cues.

import { armSwitches } from "./signals.js";

armSwitches(document.querySelector("[data-cues]"), document.querySelector("[data-cue-place]"));
