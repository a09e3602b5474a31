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
  const amount = (value) => (plan.request.objective === "cost" ? `USD ${number(value)}` : counted(value, "site", "sites"));
  const least = plan.request.objective === "cost" ? plan.lower_bound : Math.ceil(plan.lower_bound - 1e-6);
  switch (plan.outcome) {
    case "optimal":
      return `${amount(plan.objective)}; no plan can need fewer.`;
    case "feasible":
      return `${amount(plan.objective)}; no plan can need fewer than ${number(least)}. Whether one with less than ${
        amount(plan.objective)} exists is open (gap ${percent(plan.gap)}).`;
    case "infeasible":
      return plan.gaps?.points
        ? `${gapWords(plan)} within ${reachWords(plan.request.reach)}. No choice of sites changes that.`
        : "The sites that are required and forbidden leave no way to serve every place.";
    default:
      return `Nothing was found within ${duration(plan.request.limits.seconds)}. Give it more time.`;
  }
}

export function gapWords(plan) {
  const { points, population } = plan.gaps;
  const needed = plan.survive + 1;
  return `${counted(points, "place", "places")} with ${people(population)} people ${points === 1 ? "has" : "have"} fewer than ${
    counted(needed, "candidate", "candidates")}`;
}

function figures(plan) {
  const cost = plan.request.objective === "cost";
  return el("dl", { class: "figures" },
    figure("Open sites", number(plan.sites), "sites"),
    figure(cost ? "Lower bound, USD" : "Lower bound", number(cost ? plan.lower_bound : Math.ceil(plan.lower_bound - 1e-6)), "lower-bound"),
    figure("Gap to the bound", percent(plan.gap ?? 0), "gap"),
    figure("Coverage gaps", number(plan.gaps?.points ?? 0), "gaps"),
    figure("Solved in", duration(plan.seconds ?? 0), "seconds"));
}

function figure(label, value, key) {
  return el("div", {}, el("dt", {}, label), el("dd", { "data-plan": key }, value));
}
