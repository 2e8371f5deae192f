// The body to press where it hurts. It only chooses the form's own fields, which stay the way for everybody else.

/** Arm the body inside `form`; returns what lights the places that the fields name. */
export function armPainMap(form) {
  const map = form.querySelector("[data-pain-map]");
  if (!map) return () => {};
  const { pain_site: site, pain_side: side } = form.elements;
  map.hidden = false;
  map.addEventListener("click", (event) => {
    const view = event.target.closest("svg");
    const spot = view && nearest(view, event);
    if (!spot) return;
    const again = site.value === spot.dataset.site && (side.value || "") === spot.dataset.side;
    site.value = again ? "" : spot.dataset.site;
    form.querySelectorAll('[name="pain_side"]').forEach((radio) => {
      radio.checked = !again && radio.value === spot.dataset.side;
    });
    form.dispatchEvent(new Event("input"));
  });
  return () => {
    const onSide = (spot) => !spot.dataset.side || ["", "both", spot.dataset.side].includes(side.value || "");
    const lit = (spot) => spot.dataset.site === site.value && onSide(spot);
    map.querySelectorAll("circle").forEach((spot) => spot.toggleAttribute("data-chosen", lit(spot)));
  };
}

/** The spot of `view` next to where `event` was: a finger need not hit it. */
function nearest(view, event) {
  const away = (spot) => {
    const { left, top, width, height } = spot.getBoundingClientRect();
    return Math.hypot(left + width / 2 - event.clientX, top + height / 2 - event.clientY);
  };
  const [first] = [...view.querySelectorAll("circle")].sort((one, other) => away(one) - away(other));
  return away(first) < 40 ? first : null;
}
