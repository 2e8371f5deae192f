// The search among the exercises to have in a suggested warm-up. Without this, one scrolls the list.

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

document.querySelectorAll("[data-search]").forEach((root) => {
  const words = root.querySelector("[data-search-words]");
  const items = [...root.querySelectorAll("[data-search-item]")];
  const none = root.querySelector("[data-search-none]");
  root.querySelector("[data-search-box]").hidden = false;

  words.addEventListener("input", (event) => {
    event.stopPropagation(); // what one looks for is no wish yet
    const wanted = plain(words.value).split(/\s+/);
    for (const item of items) {
      const name = plain(item.textContent);
      item.hidden = !wanted.every((word) => name.includes(word));
    }
    none.hidden = items.some((item) => !item.hidden);
  });
  words.addEventListener("change", (event) => event.stopPropagation());
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
});
