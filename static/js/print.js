// A button that prints the page; it stays hidden where the browser can't, and the words on how to do it by hand go once
// it can. Pictures first: a browser prints those that have come.

for (const button of document.querySelectorAll("[data-print]")) {
  if (!window.print) continue;
  button.hidden = false;
  document.getElementById(button.dataset.print).hidden = true;
  button.addEventListener("click", async () => {
    await Promise.allSettled([...document.images].map((image) => image.decode()));
    window.print();
  });
}
