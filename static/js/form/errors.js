// Errors beside the field they belong to, one line each.

import { el, fill } from "../dom.js";

const MAX_LINES = 50;

const FIELD_OF = [
  [/(^|\.)(slo_ms|access_ms|queueing_ms|inference_ms|base_ms|route_factor|access|preset)$/, (match) => match[2]],
  [/(^|\.)(max_rtt_ms|fallback)$/, (match) => match[2]],
  [/(^|\.)rtt_matrix/, "rtt"],
  [/^(reach\.kind:radius|radius_km)/, "radius"],
  [/^reach/, "reach"],
  [/^survive/, "survive"],
  [/^(cover\.)?(fraction|max_sites|max_cost_usd)$/, (match) => match[2]],
  [/^(cover|uncoverable)/, "uncoverable"],
  [/^limits\.gap/, "gap"],
  [/^(limits|seconds)/, "seconds"],
  [/^required/, "required"],
  [/^forbidden/, "forbidden"],
  [/^(objective|cost_usd)/, "objective"],
  [/^shared_risk/, "shared_risk"],
  [/^(tiers?|extra_ms|most_km)/, "tiers"],
  [/^(model|power_kw|site_kw)/, "model"],
  [/^(demand_as|entire)/, "demand_as"],
  [/^seed/, "seed"],
  [/^name/, "name"],
  [/^demand/, "demand"],
  [/^candidates/, "candidates"],
];

/** Up to fifty lines; ``omitted`` more are known to exist. */
export function showErrors(field, lines, omitted = 0) {
  const list = document.getElementById(`${field}-errors`);
  const rest = Math.max(lines.length - MAX_LINES, 0) + omitted;
  fill(list, lines.slice(0, MAX_LINES).map((line) => el("li", {}, line)),
    rest > 0 ? el("li", {}, `… and ${rest.toLocaleString("en")} more`) : null);
  for (const input of document.querySelector(`#plan-form [data-field="${field}"]`)?.querySelectorAll("input, select") ?? []) {
    if (lines.length) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}

/** Before a new attempt.  What is wrong with a file stays until another data set is chosen, and so do the fields ``kept``. */
export function clearErrors(kept = []) {
  for (const list of document.querySelectorAll("#plan-form .errors")) {
    const field = list.id.replace(/-errors$/, "");
    const file = document.getElementById(`${field}-file`);
    if (!kept.includes(field) && (!file || document.getElementById(field).value)) showErrors(field, []);
  }
}

export const hasErrors = (field) => document.getElementById(`${field}-errors`).childElementCount > 0;

function fieldOf({ field, column, file }) {
  const byColumn = column && ["required", "forbidden"].find((kind) => document.getElementById(`${kind}_column`).value === column);
  if (byColumn) return byColumn;
  const where = String(field ?? column ?? "");
  const found = FIELD_OF.find(([pattern]) => pattern.test(where));
  if (!found) return ["demand", "candidates", "rtt"].includes(file) ? file : "form";
  return typeof found[1] === "string" ? found[1] : found[1](found[0].exec(where));
}

/** Beside its field an error need not say which field it means. */
function sentence({ message, expected, found, file, row }) {
  if (!expected || file || row) return message;
  return found ? `found ${found}, expected ${expected}` : `expected ${expected}`;
}

/** Spreads an ApiError over the form's fields; what fits none goes to the end of the form. */
export function spreadErrors(error, { scroll = true } = {}) {
  const byField = new Map();
  const add = (field, line) => byField.set(field, [...(byField.get(field) ?? []), line]);
  if (error.errors.length === 0) add("form", error.message);
  for (const item of error.errors) {
    add(fieldOf(item), sentence(item));
  }
  byField.forEach((lines, field) => showErrors(field, lines));
  const first = document.getElementById(`${[...byField.keys()][0]}-errors`);
  first.closest("details.options")?.setAttribute("open", "");
  if (scroll) first.scrollIntoView({ block: "nearest" });
}
