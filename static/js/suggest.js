// The page of suggestions: a search among the exercises, and folds that open for who is led into them. Without this,
// one scrolls the list and opens the folds oneself.

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

document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  const fold = link && document.getElementById(link.hash.slice(1))?.closest("details");
  if (fold) fold.open = true;
});
