// How far a site reaches, as a request says it: in words, and wide enough for its gaps.

import { limitText } from "./format.js";

const FIBRE_MS_PER_KM = 1.02 / 100;
const LONGEST_KM = 20_100;

/** "100 km", "30 ms promised", "12 ms measured". */
export function reachWords(reach) {
  if (Number.isFinite(reach.radius_km)) return limitText(reach.radius_km, "km");
  if (Number.isFinite(reach.slo_ms)) return `${limitText(reach.slo_ms, "ms")} promised`;
  return Number.isFinite(reach.max_rtt_ms) ? `${limitText(reach.max_rtt_ms, "ms")} measured` : "";
}

/**
 * The reach at which every gap has enough candidates: {reach, fields, words}; null when there is none.
 * gaps: rows of GET …/gaps or of a preview.
 */
export function widerReach(reach, gaps) {
  const smallest = gaps.map((gap) => gap.smallest_radius_km ?? gap.smallest_radius_rtt_ms ?? gap.smallest_rtt_ms);
  if (!smallest.length || !smallest.every(Number.isFinite)) return null;
  const farthest = Math.max(...smallest);
  const upToATenth = (value) => Math.ceil(value * 10 + 1e-6) / 10;
  if (Number.isFinite(reach.max_rtt_ms)) {
    const max_rtt_ms = upToATenth(farthest);
    return { reach: { ...reach, max_rtt_ms }, fields: { max_rtt_ms }, words: `Allow ${limitText(max_rtt_ms, "ms")}` };
  }
  if (Number.isFinite(reach.radius_km)) {
    const radius_km = upToATenth(farthest);
    if (radius_km > LONGEST_KM) return null;
    return { reach: { radius_km }, fields: { radius: radius_km }, words: `Raise the reach to ${limitText(radius_km, "km")}` };
  }
  const promises = gaps.map((gap) => gap.smallest_slo_ms);
  if (Number.isFinite(reach.slo_ms) && promises.every(Number.isFinite)) {
    const slo_ms = upToATenth(Math.max(...promises));
    return { reach: { ...reach, slo_ms }, fields: { slo_ms }, words: `Promise ${limitText(slo_ms, "ms")} instead` };
  }
  if (!Number.isFinite(reach.slo_ms) || ![reach.base_ms, reach.route_factor].every(Number.isFinite)) return null;
  const spent = ["access_ms", "queueing_ms", "inference_ms"].reduce((sum, name) => sum + (reach[name] ?? 0), 0);
  const slo_ms = upToATenth(spent + reach.base_ms + reach.route_factor * FIBRE_MS_PER_KM * farthest);
  return { reach: { ...reach, slo_ms }, fields: { slo_ms }, words: `Promise ${limitText(slo_ms, "ms")} instead` };
}
