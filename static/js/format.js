// Numbers as people read them.  One locale everywhere, so a plan looks the same on every desk.

const NO_BREAK = "\u00a0";
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function number(value) {
  return whole.format(value);
}

/** People in the shortest form that still tells places apart: 950, 48,200, 3.4 M. */
export function people(value) {
  if (value >= 999_500) return `${oneDecimal.format(value / 1_000_000)}${NO_BREAK}M`;
  return whole.format(value);
}

export function counted(value, one, many) {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

/** A distance in km, or a time in ms when the plan was made from a table of round trips. */
export function measure(value, unit) {
  if (value === null || !Number.isFinite(value)) return "–";
  return `${oneDecimal.format(value)}${NO_BREAK}${unit}`;
}

/** A limit as the planner typed it: 100 km, 12.5 km. */
export function limitText(value, unit) {
  return `${new Intl.NumberFormat("en-GB", { maximumFractionDigits: 3 }).format(value)}${NO_BREAK}${unit}`;
}

export function percent(share) {
  const value = share * 100;
  if (value === 0) return `0${NO_BREAK}%`;
  if (value > 0 && value < 0.1) return `<${NO_BREAK}0.1${NO_BREAK}%`;
  return `${value >= 10 ? whole.format(value) : oneDecimal.format(value)}${NO_BREAK}%`;
}

export function duration(seconds) {
  if (seconds < 60) return `${seconds < 10 && !Number.isInteger(seconds) ? oneDecimal.format(seconds) : whole.format(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor(seconds - minutes * 60);
  return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
}
