// The order of steps, apart from the page: values in, values out.

/** Where a step goes that is dragged so that its middle is at `y`, among others whose middles are `middles`. */
export function placeAt(y, middles) {
  return middles.filter((middle) => middle < y).length;
}

/** `items` in the order of their `phase`, otherwise as they stand. */
export function byPhase(items, phase) {
  return items.map((item, at) => [phase(item), at, item]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((row) => row[2]);
}
