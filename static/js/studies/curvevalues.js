// Which curves a plan has, and sensible values around its own setting.

import { limitText } from "../format.js";

const SHARES = [0.8, 0.9, 0.95, 0.98, 0.99, 1];
const FAILURES = [0, 1, 2, 3];
const LABELS = {
  radius_km: "Radius, km", slo_ms: "Promise, ms", max_rtt_ms: "Round trip, ms", survive: "Failures survived", fraction: "Share of people protected",
};

/** [{over, label, values, help}], the plan's own reach first. */
export function offered(plan) {
  const { reach, cover, objective } = plan.request;
  const kinds = [];
  const around = (over, values, help) => kinds.push({ over, label: LABELS[over], values, help });
  if (reach.radius_km) around("radius_km", spread(reach.radius_km, 0, [0.7, 0.85, 1, 1.25, 1.5, 2]), "Radii in km, separated by commas.");
  if (reach.slo_ms) {
    const fixed = ["access_ms", "queueing_ms", "inference_ms", "base_ms"].reduce((sum, key) => sum + (reach[key] ?? 0), 0);
    around("slo_ms", spread(reach.slo_ms - fixed, fixed, [0.5, 0.75, 1, 1.5, 2]), "Promises in ms, end to end, separated by commas; all other terms stay.");
  }
  if (reach.max_rtt_ms) around("max_rtt_ms", spread(reach.max_rtt_ms, 0, [0.7, 0.85, 1, 1.25, 1.5]), "Longest round trips in ms, separated by commas.");
  around("survive", FAILURES, "How many sites may fail at once, separated by commas.");
  if (objective !== "population" && plan.request.shared_risk === null) {
    around("fraction", [...new Set([...SHARES, cover.fraction])].sort((a, b) => a - b), "Shares of the people to protect, from 0 to 1, separated by commas.");
  }
  return kinds;
}

/** Values around ``own`` above ``floor``, rounded to what people would type. */
function spread(own, floor, factors) {
  const step = own >= 50 ? 5 : own >= 10 ? 1 : own >= 2 ? 0.5 : 0.05;
  const values = factors.map((factor) => (factor === 1 ? floor + own : Math.round((floor + own * factor) / step) * step));
  return [...new Set(values.map((value) => Number(value.toFixed(3))))].filter((value) => value > floor).sort((a, b) => a - b);
}

/** Numbers separated by commas, semicolons or spaces.  Throws for anything else. */
export function parse(text) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const wrong = words.find((word) => !Number.isFinite(Number(word)));
  if (wrong !== undefined) throw new Error(`Values: “${wrong}” is not a number.`);
  if (words.length === 0) throw new Error("Values: name at least one.");
  return [...new Set(words.map(Number))];
}

export const nameOf = ({ over, values }) => `${LABELS[over]}: ${values.length > 6 ? `${values.slice(0, 5).join(", ")} …` : values.join(", ")}`;

export const axisOf = (over) => LABELS[over].split(", ");

/** A value of the curve in words. */
export function valueText(over, value) {
  if (over === "fraction") return `${Number((100 * value).toFixed(3))}\u00a0%`;
  if (over === "survive") return String(value);
  return limitText(value, over === "radius_km" ? "km" : "ms");
}

/** The value the plan itself was made with; null where the curve varies something else. */
export function ownValue(plan, over) {
  const { reach, survive, cover } = plan.request;
  return { survive, fraction: cover.fraction, ...reach }[over] ?? null;
}

/** What to change of the plan to make it the point at ``value``: the body of POST …/variants. */
export function variantOf(plan, over, value) {
  const name = `${plan.name}: ${axisOf(over)[0].toLocaleLowerCase("en")} ${valueText(over, value)}`.slice(0, 200);
  if (over === "survive") return { name, survive: value };
  if (over === "fraction") return { name, cover: { fraction: value } };
  return { name, reach: { ...plan.request.reach, [over]: value } };
}
