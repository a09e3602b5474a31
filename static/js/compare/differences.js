// The differences as tables: figures in columns, then the sites not open in every plan.

import { el, userText } from "../dom.js";
import { limitText, measure, number, people, percent } from "../format.js";

const OUTCOMES = { optimal: "proven optimal", feasible: "good, not proven", infeasible: "no plan possible", no_plan: "no plan found" };

export function figuresTable(plans) {
  const rows = [
    ["Outcome", "outcome", (plan) => OUTCOMES[plan.outcome]],
    ["Open sites", "sites", (plan) => (plan.sites === null ? "–" : number(plan.sites))],
    ["Lower bound", "lower_bound", (plan) => (plan.sites === null ? "–" : number(Math.ceil(plan.lower_bound - 1e-6)))],
    ["Gap to the bound", "gap", (plan) => (plan.gap === null ? "–" : percent(plan.gap))],
    ["Reach", "reach", (plan) => limitText(plan.reach, plan.unit)],
    ["Failures survived", "survive", (plan) => number(plan.survive)],
    ["Mean distance per person", "mean_distance", (plan) => measure(plan.mean_distance, plan.unit)],
    ["Worst distance", "worst_distance", (plan) => measure(plan.worst_distance, plan.unit)],
    ["Worst after any one failure", "worst_distance_after_a_failure", (plan) => measure(plan.worst_distance_after_a_failure, plan.unit)],
    ["People without protection", "unprotected_population", (plan) => people(plan.unprotected_population)],
  ];
  return scroll("Figures of each plan", el("table", {},
    el("thead", {}, el("tr", {}, el("td"), plans.map((plan) =>
      el("th", { scope: "col" }, el("a", { href: `/plans/${encodeURIComponent(plan.id)}` }, userText(plan.name)))))),
    el("tbody", {}, rows.map(([label, key, text]) => el("tr", { "data-figure": key, class: same(plans, key) ? null : "differs" },
      el("th", { scope: "row" }, label), plans.map((plan) => el("td", {}, text(plan))))))));
}

function same(plans, key) {
  return plans.every((plan) => plan[key] === plans[0][key]);
}

/** show(id): brings the site into sight on every map. */
export function sitesTable(plans, sites, show) {
  return scroll("Which plan opens which site", el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Site"), plans.map((plan) => el("th", { scope: "col" }, userText(plan.name))))),
    el("tbody", {}, sites.map((site) => el("tr", { "data-site": site.id },
      el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => show(site.id) }, userText(site.name || site.id))),
      site.open.map((open) => el("td", {}, open ? el("strong", {}, "open") : "not open")))))));
}

function scroll(label, table) {
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, table);
}
