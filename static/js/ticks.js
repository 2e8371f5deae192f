// One tick for all: a fieldset with data-ticks, and in it a hidden data-ticks-all around a checkbox.
for (const group of document.querySelectorAll("[data-ticks]")) {
  const line = group.querySelector("[data-ticks-all]");
  const all = line.querySelector("input");
  const each = [...group.querySelectorAll("input[name]")];

  const look = () => {
    const on = each.filter((box) => box.checked).length;
    all.checked = on === each.length;
    all.indeterminate = on > 0 && on < each.length;
  };

  all.addEventListener("change", () => {
    for (const box of each) box.checked = all.checked;
  });
  group.addEventListener("change", look);
  line.hidden = each.length < 2;
  look();
}
