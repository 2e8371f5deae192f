// Whose pages this device keeps: one person's at a time. Used by pages and by the service worker.

import { fact, setFact } from "./store.js";

const PAGES = "prestride-pages-"; // and whose
const FIGURES = "prestride-figures";

/** The name of the cache of a person's pages. */
export function pagesOf(person) {
  return PAGES + person;
}

/** `person` ("": nobody) is signed in: what anybody else had opened is gone. What waits to be sent stays, unseen. */
export async function becomes(person) {
  if (person === (await fact("person"))) return;
  await setFact("person", person);
  const others = (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== pagesOf(person));
  await Promise.all([...others, ...(others.length ? [FIGURES] : [])].map((name) => caches.delete(name)));
}
