// What an answer to a log means, and how long to wait.

import { meaning, pauseAfter } from "/static/js/offline/send.js";

function equal(found, wanted) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

export const cases = {
  "an answer says whether it is there, waits, or is refused"() {
    const found = [200, 201, 0, 408, 429, 500, 503, 401, 403, 409, 400, 404, 410, 413, 415].map(meaning);
    equal(found, [..."ss"].map(() => "sent").concat(Array(5).fill("later"), Array(3).fill("person"), Array(5).fill("refused")));
  },
  "pauses double up to five minutes"() {
    equal([1, 2, 3, 6, 7, 8, 50].map(pauseAfter), [5_000, 10_000, 20_000, 160_000, 300_000, 300_000, 300_000]);
  },
};
