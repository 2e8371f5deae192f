// The − and + beside a number field (components/stepper.html). The field itself works without this.

function arm(stepper) {
  stepper.dataset.ready = "";
}

document.querySelectorAll("[data-stepper]").forEach(arm);
document.addEventListener("htmx:after:swap", () => document.querySelectorAll("[data-stepper]:not([data-ready])").forEach(arm));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-stepper-by]");
  if (!button) return;
  const input = button.closest("[data-stepper]").querySelector("input[type=number]");
  if (button.dataset.stepperBy === "1") input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
