// Between the form and the body of POST /plans, both ways.

import { counted } from "../format.js";
import { reachWords } from "../reach.js";

/**
 * What the form asks for: {body, faults: [[field, sentence]]}.  ``body`` holds whatever could be read.
 * picks, reach, options: see the modules of these names · nameOf(role): the name of the chosen data set.
 */
export function readBody(form, { picks, reach, options }, nameOf) {
  const faults = [];
  const value = (field) => form.elements[field]?.value ?? "";
  const number = (field, low, high, what, whole = false) => {
    const found = Number(value(field));
    const good = value(field).trim() !== "" && Number.isFinite(found) && found >= low && found <= high && (!whole || Number.isInteger(found));
    if (!good) faults.push([field, `expected ${what}`]);
    return good ? found : null;
  };
  const chosen = (role, what) => {
    if (!value(role)) faults.push([role, `choose a data set or upload a file with the ${what}`]);
    return value(role) || null;
  };
  const optional = (field, high, what, whole) => (value(field).trim() === "" ? null : number(field, 0, high, what, whole));
  /** By name, or by a column; not both. */
  const decided = (kind) => {
    const column = value(`${kind}_column`);
    if (column && picks.ids(kind).length) faults.push([kind, "expected names or a column, not both"]);
    return column ? { column } : picks.ids(kind);
  };
  const means = value("objective") === "population";
  const cover = {
    fraction: means ? 1 : (number("fraction", 0.01, 100, "a percentage above 0, at most 100") ?? 100) / 100,
    uncoverable: value("uncoverable"),
    max_sites: means ? optional("max_sites", 1_000_000, "a whole number of sites, or nothing", true) : null,
    max_cost_usd: means ? optional("max_cost_usd", 1e15, "a number of USD, or nothing") : null,
  };
  if (means && cover.max_sites === null && cover.max_cost_usd === null && faults.length === 0) {
    faults.push(["max_sites", "expected a number of sites or a cost at most: the means that are limited"]);
  }
  const body = {
    demand: chosen("demand", "places"),
    candidates: chosen("candidates", "candidate sites"),
    reach: reach.read(number, chosen),
    survive: Number(value("survive")),
    required: decided("required"),
    forbidden: decided("forbidden"),
    objective: value("objective"),
    cover,
    limits: {
      seconds: number("seconds", 1, 86_400, "a number of seconds from 1 to 86,400"),
      gap: (number("gap", 0, 99, "a percentage from 0 to 99") ?? 0) / 100,
    },
    ...options.read(number),
    seed: number("seed", 0, 2_147_483_647, "a whole number from 0 to 2,147,483,647", true),
  };
  body.name = value("name").trim() || defaultName(body, nameOf("demand"));
  return { body, faults };
}

function defaultName(body, dataset) {
  const failures = body.survive === 0 ? "no failure" : counted(body.survive, "failure", "failures");
  return `${dataset || "Plan"}, ${reachWords(body.reach)}, ${failures}`.slice(0, 200);
}

/** The fields of a form that asks for ``request``, as draft.js keeps them. */
export function fieldsOfRequest(request) {
  return {
    demand: request.demand,
    candidates: request.candidates,
    survive: String(request.survive),
    uncoverable: request.cover.uncoverable,
    fraction: Number((100 * (request.cover.fraction ?? 1)).toFixed(4)),
    max_sites: request.cover.max_sites ?? "",
    max_cost_usd: request.cover.max_cost_usd ?? "",
    objective: request.objective,
    seconds: request.limits.seconds,
    gap: Number((100 * request.limits.gap).toFixed(4)),
    seed: request.seed,
  };
}

const isDecided = (choice) => !Array.isArray(choice) || choice.length > 0;

/** How many of the folded-away options differ from what they are when left alone. */
export function optionsSet(body) {
  return [
    body.objective !== "sites", body.cover.fraction !== 1, isDecided(body.required), isDecided(body.forbidden), body.limits.gap > 0, body.seed !== 0,
    body.shared_risk !== null, body.tiers !== null, body.model !== null, body.demand_as !== "point", !body.polished,
  ].filter(Boolean).length;
}
