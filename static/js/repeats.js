// The form of a run. Whoever ticks an athlete no longer means everyone, and the other way round; without this, one unticks
// it oneself. What of the rest is shown is css/runs.css's to say.

const EVERYONE = "everyone";

document.addEventListener("change", ({ target }) => {
  if (target.name !== "athletes" || !target.checked) return;
  for (const box of target.form.querySelectorAll('input[name="athletes"]')) {
    if ((box.value === EVERYONE) !== (target.value === EVERYONE)) box.checked = false;
  }
});
