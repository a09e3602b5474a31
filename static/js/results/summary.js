// A plan in words.  "Optimal" is said only of a proof.

import { el, fill, userText } from "../dom.js";
import { counted, duration, limitText, number, people, percent } from "../format.js";
import { reachWords } from "../reach.js";

export function renderHead(root, plan) {
  fill(root,
    el("h1", {}, userText(plan.name)),
    el("p", { class: "settings" }, settings(plan)),
    plan.state === "done" ? verdict(plan) : null,
    plan.state === "done" && plan.sites ? figures(plan) : null,
    plan.state === "failed" ? el("p", { class: "verdict bad" }, "This plan failed: ", userText(plan.error || "no reason is known")) : null,
    plan.state === "cancelled" ? el("p", { class: "verdict" }, "This plan was cancelled before it was finished.") : null);
}

function settings(plan) {
  const { request } = plan;
  const gaps = request.cover.uncoverable === "exempt" ? "gaps exempt" : "no gaps allowed";
  const km = plan.reach_km !== null && !request.reach.radius_km ? ` (${limitText(Math.round(plan.reach_km * 10) / 10, "km")})` : "";
  return `Reach ${reachWords(request.reach)}${km} · ${survives(plan.survive)} · ${gaps}`;
}

function survives(survive) {
  if (survive === 0) return "survives no failure";
  return survive === 1 ? "survives any one failure" : `survives any ${survive} failures`;
}

function verdict(plan) {
  const proof = el("span", { class: `badge ${plan.outcome}` }, BADGES[plan.outcome]);
  return el("p", { class: "verdict", id: "verdict", "data-outcome": plan.outcome }, proof, " ", verdictWords(plan));
}

const BADGES = { optimal: "Proven optimal", feasible: "Good, not proven", infeasible: "No plan possible", no_plan: "No plan found" };

export function verdictWords(plan) {
  switch (plan.outcome) {
    case "optimal":
    case "feasible":
      return [usableWords(plan), partWords(plan), secondWords(plan)].filter(Boolean).join(" ");
    case "infeasible":
      return plan.gaps?.points
        ? `${gapWords(plan)} within ${reachWords(plan.request.reach)}. No choice of sites changes that.`
        : "The sites that are required and forbidden leave no way to serve every place.";
    default:
      return `Nothing was found within ${duration(plan.request.limits.seconds)}. Give it more time.`;
  }
}

/** What a plan minimises, as amounts: its own and the least that is proved. */
function amounts(plan) {
  const { objective } = plan.request;
  if (objective === "population") return { kind: "people", say: people, least: plan.lower_bound };
  if (objective.startsWith("cost")) return { kind: "cost", say: (value) => `USD ${number(value)}`, least: plan.lower_bound };
  return { kind: "sites", say: (value) => counted(value, "site", "sites"), least: Math.ceil(plan.lower_bound - 1e-6) };
}

function usableWords(plan) {
  const { kind, say, least } = amounts(plan);
  const proven = plan.outcome === "optimal";
  if (kind === "people") {
    const left = `${counted(plan.sites, "site", "sites")} leave ${say(plan.objective)} people unprotected`;
    return proven ? `${left}; with the same means nobody can leave fewer.` : `${left}; with the same means no plan can leave fewer than ${say(least)}.`;
  }
  if (proven) return `${say(plan.objective)}; no plan can need ${kind === "cost" ? "less" : "fewer"}.`;
  return `${say(plan.objective)}; no plan can need ${kind === "cost" ? "less" : "fewer"} than ${kind === "cost" ? say(least) : number(least)}. Whether one with less than ${
    say(plan.objective)} exists is open (gap ${percent(plan.gap)}).`;
}

/** Whom a plan for a part of the people leaves out. */
function partWords({ unprotected, request }) {
  if (!unprotected?.points || request.objective === "population") return null;
  return `${counted(unprotected.points, "place", "places")} with ${people(unprotected.population)} people may stay unprotected, as asked for.`;
}

function secondWords(plan) {
  if (!Number.isFinite(plan.second_objective)) return null;
  const say = (value) => (plan.request.objective === "sites_then_cost" ? `USD ${number(value)}` : counted(value, "site", "sites"));
  const least = plan.second_lower_bound;
  return `Among those, ${say(plan.second_objective)}${Number.isFinite(least) && least < plan.second_objective - 1e-6
    ? `; at least ${say(least)}` : ", the least there is"}.`;
}

export function gapWords(plan) {
  const { points, population } = plan.gaps;
  const needed = plan.survive + 1;
  return `${counted(points, "place", "places")} with ${people(population)} people ${points === 1 ? "has" : "have"} fewer than ${
    counted(needed, "candidate", "candidates")}`;
}

const BOUND_LABELS = { sites: "Lower bound", cost: "Lower bound, USD", people: "At least left out" };

function figures(plan) {
  const { kind, least } = amounts(plan);
  return el("dl", { class: "figures" },
    figure("Open sites", number(plan.sites), "sites"),
    kind === "cost" ? figure("Cost, USD", number(plan.objective), "cost") : null,
    kind === "people" ? figure("People left out", people(plan.objective), "left-out") : null,
    figure(BOUND_LABELS[kind], kind === "people" ? people(least) : number(least), "lower-bound"),
    figure("Gap to the bound", percent(plan.gap ?? 0), "gap"),
    figure("Coverage gaps", number(plan.gaps?.points ?? 0), "gaps"),
    excluded(plan),
    figure("Solved in", duration(plan.seconds ?? 0), "seconds"));
}

/** Candidates that could not be used, whatever the reason. */
function excluded(plan) {
  const total = Object.values(plan.excluded ?? {}).reduce((sum, count) => sum + count, 0);
  return total ? figure("Candidates ruled out", number(total), "excluded") : null;
}

function figure(label, value, key) {
  return el("div", {}, el("dt", {}, label), el("dd", { "data-plan": key }, value));
}
