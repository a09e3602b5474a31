// How plan and proof came together: the events of a solve as a chart.

import { duration, number } from "../format.js";

const MEASURES = { population: "People left out", cost: "USD", cost_then_sites: "USD" };

/** Collects events in order; spec() is what chart.js draws.  objective: of the request. */
export function history(objective) {
  const seconds = [];
  const incumbents = [];
  const bounds = [];
  const last = (values) => values[values.length - 1] ?? null;
  return {
    get length() { return seconds.length; },
    add(event) {
      const at = event.seconds;
      // A plan taken over by another worker starts its clock anew.
      if (seconds.length && at < last(seconds)) [seconds, incumbents, bounds].forEach((list) => { list.length = 0; });
      const row = seconds.length && at === last(seconds) ? seconds.length - 1 : seconds.length;
      seconds[row] = at;
      incumbents[row] = finite(event.incumbent) ?? last(incumbents);
      bounds[row] = finite(event.bound) === null ? last(bounds) : Math.ceil(event.bound - 1e-6);
    },
    spec() {
      const best = last(incumbents);
      const least = last(bounds);
      return {
        title: "Best plan and bound",
        summary: best === null ? "No plan yet." : `After ${duration(last(seconds))}: a plan with ${number(best)}${
          least === null ? "" : `, and proof that none has fewer than ${number(least)}`}.`,
        file: "progress.csv",
        height: 210,
        x: { label: "Time", unit: "s", values: [...seconds], format: (s) => String(Number(s.toFixed(2))) },
        y: { label: MEASURES[objective] ?? "Sites", range: (low, high) => around(low, high, best, least), format: number },
        series: [
          { label: "Best plan so far", kind: "step", values: [...incumbents], format: number },
          { label: "No plan below", kind: "step", values: [...bounds], format: number },
        ],
      };
    },
  };
}

const finite = (value) => (Number.isFinite(value) ? value : null);

/** The last steps matter most: the wild first ones may leave the picture. */
function around(low, high, best, least) {
  if (best === null && least === null) return [low ?? 0, high ?? 1];
  const centre = best ?? least;
  const top = Math.min(high ?? centre, centre * 1.25);
  const bottom = Math.max(low ?? 0, (least ?? centre) * 0.8);
  const margin = Math.max(1, (top - bottom) * 0.08);
  return [Math.max(0, bottom - margin), top + margin];
}
