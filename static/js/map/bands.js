// Latency bands: five equal steps from the site's door to the reach, and one more for nobody in reach.

import { limitText, measure } from "../format.js";
import { rttMs } from "./model.js";

export const BANDS = 5;
export const NO_SITE = BANDS;

/** 0 … BANDS-1 by distance; NO_SITE without one. */
export function bandOf(model, distance) {
  if (distance === null || !Number.isFinite(distance)) return NO_SITE;
  return Math.min(BANDS - 1, Math.floor((distance / Math.max(model.reach.limit, 1e-9)) * BANDS));
}

export function bandText(model, band) {
  if (band === NO_SITE) return "No site in reach";
  const { limit, unit } = model.reach;
  const [from, to] = [band, band + 1].map((step) => Math.round((step * limit * 100) / BANDS) / 100);
  const words = `${from}–${limitText(to, unit)}`;
  return unit === "km" ? `${words} · ≤ ${measure(rttMs(model, to), "ms")}` : words;
}

/** People per band, NO_SITE last; distanceOf(point) is where each point is served from. */
export function peopleByBand(model, distanceOf) {
  const people = new Array(BANDS + 1).fill(0);
  for (let point = 0; point < model.demand.size; point += 1) {
    people[bandOf(model, distanceOf(point))] += model.demand.population[point];
  }
  return people;
}
