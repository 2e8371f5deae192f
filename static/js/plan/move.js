// Days of a move, apart from the page: values in, values out. A day is "2027-03-16".

const DAY = 86_400_000;

/** The day so many days after `day`. */
export function daysLater(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** How many days lie between two days; negative where `to` comes before `from`. */
export function daysBetween(from, to) {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY);
}

/** By how many days an arrow key moves; 0 for any other key. */
export function stepOf(key) {
  return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[key] ?? 0;
}
