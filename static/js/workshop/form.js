/* The exercise's form: rows are added without a journey to the server, and what was typed is not left behind by mistake. */

const form = document.querySelector("form[data-guarded]");
let changed = Boolean(document.querySelector("#errors, #theirs"));

function addRow(fieldset) {
  const total = fieldset.querySelector(`[name="${fieldset.dataset.rows}-TOTAL_FORMS"]`);
  const row = fieldset.querySelector("template").content.cloneNode(true);
  for (const part of row.querySelectorAll("[name], [id], [for]")) {
    for (const name of ["name", "id", "for"]) {
      const value = part.getAttribute(name);
      if (value) part.setAttribute(name, value.replace("__prefix__", total.value));
    }
  }
  total.value = Number(total.value) + 1;
  fieldset.querySelector(".rows__list").append(row);
  fieldset.querySelector(".rows__list > :last-child select").focus();
}

for (const fieldset of document.querySelectorAll("[data-rows]")) {
  const more = fieldset.querySelector(".rows__more");
  more.hidden = false;
  more.addEventListener("click", () => addRow(fieldset));
}

document.querySelector("#theirs, #errors")?.focus();

form.addEventListener("input", () => {
  changed = true;
});
form.addEventListener("submit", () => {
  changed = false;
});
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});
