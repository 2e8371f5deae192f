// The log's form as the whole session that PUT sends. Fields have the API's names; what is empty is null.

const NUMBERS = ["rpe", "pain", "readiness", "routine_revision"];
const TEXTS = ["started_at", "finished_at", "edited_at", "outcome", "pain_site", "pain_side", "note"];

/** {started_at, …, steps} out of `form`; the run is the page's to add. */
export function sessionBody(form) {
  const given = new FormData(form);
  const text = (name) => String(given.get(name) ?? "").trim() || null;
  const number = (name) => (text(name) === null ? null : Number(text(name)));
  return {
    ...Object.fromEntries(TEXTS.map((name) => [name, text(name)])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, number(name)])),
    note: text("note") ?? "",
    steps: stepsOf(form, JSON.parse(text("steps") ?? "[]")),
  };
}

// As in plans/forms/step_answers.py, which does the same with a form that was sent as such.
const COUNTED = ["metres_done", "seconds_done", "reps_done"];

/** What `row` counts: a step that was swapped may be counted otherwise than the one prescribed. */
export function countedIn(row, prescribed) {
  return (row.swapped_for && COUNTED.find((name) => (row[name] ?? null) !== null)) || prescribed;
}

/** The rows that the guide noted, with what was answered step by step in their place. */
function stepsOf(form, noted) {
  const rows = new Map(noted.map((row) => [row.position, row]));
  form.querySelectorAll("[data-answer]").forEach((box) => {
    const position = Number(box.dataset.answer);
    const answer = (name) => form.elements[`step-${position}-${name}`]?.value || null;
    const number = (name) => (answer(name) === null ? null : Number(answer(name)));
    const known = rows.get(position);
    const row = known ?? {};
    rows.delete(position);
    const typed = !known && ["sets", "amount", "harder"].some((name) => answer(name) !== null);
    const state = answer("state") ?? (typed ? "done" : null); // who says how much of it has done it
    if (state === "skipped") {
      const { skip_reason = null, swapped_for = null } = row;
      rows.set(position, row.skipped ? row : { position, sets_done: 0, skipped: true, skip_reason, swapped_for });
    } else if (state === "done") {
      const asked = form.elements[`step-${position}-harder`] ? { harder_side: answer("harder") } : {};
      // Why it was left out goes when it was not; why it was swapped stays.
      const reason = row.skipped && !row.swapped_for ? { skip_reason: null } : {};
      const said = { skipped: false, sets_done: number("sets"), [countedIn(row, box.dataset.counted)]: number("amount") };
      rows.set(position, { ...row, ...reason, position, ...said, ...asked });
    }
  });
  return [...rows.values()].sort((one, other) => one.position - other.position);
}
