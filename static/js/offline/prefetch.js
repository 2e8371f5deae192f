// What will be wanted without a network, fetched while there is one: the day's runs with their warm-ups, and all figures.
//
// A page names further pages in <script type="application/json" id="prefetch">["/warm-up/88/", …]</script>.

import { pagesOf } from "./people.js";

const KEPT = /^\/(today\/|warm-up\/\d+\/|runs\/\d+\/)$/;
const FIGURES = "prestride-figures";

/** Keep this page and those it names for `person`, with their figures. Stops quietly where there is no room or network. */
export async function prefetch(person) {
  if (!person || navigator.connection?.saveData) return;
  const pages = await caches.open(pagesOf(person));
  const named = JSON.parse(document.getElementById("prefetch")?.textContent ?? "[]");
  if (KEPT.test(location.pathname) && document.documentElement.dataset.keptAt === undefined) {
    if (!(await pages.match(location.pathname + location.search))) await keep(pages, location.pathname + location.search, person);
    await keepFigures(document);
  }
  for (const address of named) {
    const page = await keep(pages, address, person);
    if (page) await keepFigures(page);
    for (const chip of page?.querySelectorAll(".versions__chips a") ?? []) {
      const version = await keep(pages, address + new URL(chip.href, location.origin + address).search, person);
      if (version) await keepFigures(version);
    }
  }
}

/** Fetch a page and keep it; returns it parsed, or null. */
async function keep(pages, address, person) {
  const response = await fetch(address, { credentials: "same-origin" });
  const mine = response.headers.get("X-Prestride-Person") === person;
  if (!response.ok || response.redirected || !mine) return null;
  await pages.put(address, response.clone());
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** The figures of a page's steps, as this device will show them: its theme, its motion, each side. */
async function keepFigures(page) {
  const figures = await caches.open(FIGURES);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const steps = JSON.parse(page.getElementById("player-data")?.textContent ?? "{}").steps ?? [];
  const wanted = new Set();
  for (const picture of page.querySelectorAll("picture[data-moving]")) {
    const { moving, movingDark, still, stillDark } = picture.dataset;
    const shown = dark ? [stillDark, ...(calm ? [] : [movingDark])] : [still, ...(calm ? [] : [moving])];
    const step = steps[picture.closest("[data-step]")?.dataset.step] ?? picture.closest("[data-stand-in]")?.dataset;
    const sides = step?.sides === "each" ? ["&side=left", "&side=right"] : step?.sides ? ["", `&side=${step.sides}`] : [""];
    shown.forEach((address) => sides.forEach((side) => wanted.add(address + side)));
  }
  for (const image of page.querySelectorAll("img[src*='/figure.']")) wanted.add(image.getAttribute("src"));
  for (const source of page.querySelectorAll("picture source[srcset*='/figure.']")) {
    if (source.media.includes("dark") === dark && source.media.includes("motion") === calm) wanted.add(source.getAttribute("srcset"));
  }
  for (const address of wanted) {
    if (!(await figures.match(address))) await figures.add(address);
  }
}
