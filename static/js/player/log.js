// The log's form: what depends on what was chosen. Without this every question is simply there.

import { forgetSession } from "./keep.js";
import { armPainMap } from "./pain-map.js";

/** Arm the form inside `root`. */
export function armLog(root) {
  const form = root.querySelector("form[data-log]");
  if (!form) return;
  const details = form.querySelector("[data-pain-details]");
  const stop = form.querySelector("[data-pain-stop]");
  const limit = Number(form.dataset.painLimit);

  const showPlace = armPainMap(form);

  function show() {
    const pain = Number(new FormData(form).get("pain") || 0);
    details.hidden = pain === 0;
    stop.hidden = pain < limit;
    form.querySelectorAll("[data-said]").forEach((place) => {
      const chosen = form.querySelector(`input[name="${place.dataset.said}"]:checked`);
      place.textContent = chosen?.dataset.word ?? "";
    });
    showPlace();
  }

  form.addEventListener("input", () => {
    // The time of the last change, so that sending the same again is known as a repeat and a correction as newer.
    if (form.elements.edited_at) form.elements.edited_at.value = new Date().toISOString();
    show();
  });
  window.addEventListener("pageshow", (event) => {
    // Come back to after it was saved: another one is to be another one.
    if (event.persisted && form.elements.day) location.reload();
    else show(); // a browser fills the form in again when one comes back
  });
  show();
}

document.querySelectorAll("[data-session-id]").forEach((page) => forgetSession(page.dataset.sessionId));
document.querySelectorAll("[data-log-page]").forEach(armLog);
