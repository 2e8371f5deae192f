// Chooses the device's own time zone in a select that has none chosen yet. The select works without this.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const select of document.querySelectorAll("select[data-time-zone]")) {
  if (select.value === "" && [...select.options].some((option) => option.value === zone)) select.value = zone;
}
