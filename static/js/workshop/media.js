// Says that a file is too large before it is sent, which may take minutes.

const field = document.getElementById("id_file");
const told = document.getElementById("media-told");

field?.addEventListener("change", () => {
  const file = field.files[0];
  const most = Number(file?.type.startsWith("video/") ? field.dataset.video : field.dataset.photo);
  const tooLarge = file && file.size > most;
  told.textContent = tooLarge ? field.dataset.words : "";
  field.setAttribute("aria-invalid", String(Boolean(tooLarge)));
});

field?.form.addEventListener("submit", (event) => {
  if (!told.textContent) return;
  event.preventDefault();
  field.focus();
});
