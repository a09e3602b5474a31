// The verdict: the sentence, the chain that leads to it, five drivers, what would flip it, known mistakes.

import { csvLink } from "../charts/table.js";
import { el, fill } from "../dom.js";
import { limitText, number, percent } from "../format.js";
import { track } from "./bars.js";
import { amount, capital } from "./words.js";

export const OUTCOMES = { region: "A region", edge: "The edge", edge_at_a_premium: "The edge, at a price", not_yet: "Not yet" };
const FAVOURS = { edge: "the edge", region: "a region", neither: "neither" };

/** told: the answer of POST …/economics · request: of the plan; only a plan of fewest sites has a bound on sites. */
export function verdictView(root, told, request) {
  const { verdict } = told;
  const raised = verdict.antipatterns.filter((one) => one.raised);
  const calm = verdict.antipatterns.filter((one) => !one.raised);
  fill(root,
    el("p", { class: "sentence", id: "verdict-sentence", "data-outcome": verdict.outcome }, verdict.sentence),
    chain(told, request.objective.startsWith("sites"), request.reach.max_rtt_ms),
    raised.map((one) => el("p", { class: "antipattern", "data-antipattern": one.name }, el("strong", {}, `⚠ ${capital(one.name)}. `), one.sentence)),
    el("div", { class: "study-part" }, el("h3", {}, "The five drivers"), drivers(verdict.drivers)),
    el("div", { class: "two study-part" },
      el("div", {}, el("h3", {}, "What would flip it"), el("ul", { class: "notes", id: "flips" }, verdict.flips.map((flip) => el("li", {}, flip.sentence,
        flip.then !== null && flip.outcome !== verdict.outcome ? el("strong", {}, ` → ${OUTCOMES[flip.outcome].toLocaleLowerCase("en")}`) : "")))),
      calm.length === 0 ? null : el("div", {}, el("h3", {}, "Mistakes this plan does not make"), el("ul", { class: "notes" }, calm.map((one) => el("li", { "data-antipattern": one.name }, el("strong", {}, `✓ ${capital(one.name)}: `), one.sentence))))));
}

/** From the promise to the price, each link with its number. */
function chain({ promise, plan, regions, costs }, fewest, longest) {
  const proof = plan.outcome === "optimal" ? "proven fewest" : `no plan below ${number(Math.ceil(plan.lower_bound - 1e-6))}`;
  const link = (label, value, note, name) => el("li", {}, el("span", { class: "chain-label" }, label), el("strong", { "data-chain": name }, value), el("span", { class: "hint" }, note));
  const reach = promise ? promise.radius_km : regions.reach_km;
  return el("ol", { class: "chain", "aria-label": "From the promise to the price" },
    promise ? link("Promise", limitText(promise.slo_ms, "ms"), "end to end", "slo") : null,
    promise ? link("Left for the network", limitText(round(promise.network_ms), "ms"), "after access, queueing, inference", "network") : null,
    longest ? link("Reach", limitText(longest, "ms"), "measured round trip", "reach") : Number.isFinite(reach) ? link("Reach", limitText(round(reach), "km"), "of one site", "reach") : null,
    link("Sites", number(plan.sites), fewest ? proof : "open", "sites"),
    link("Regions serve", percent(regions.served_by_regions_share), "of the people in time", "regions"),
    link("Used", percent(costs.utilisation), "of the fleet's capacity", "used"),
    link("Per million tokens", `${amount(costs.edge_usd_per_million_tokens)} USD`, `${amount(costs.region_usd_per_million_tokens)} in a region`, "cost"));
}

const round = (value) => Math.round(value * 10) / 10;

function drivers(list) {
  const arrow = (score) => `${score > 0 ? "+" : score < 0 ? "−" : ""}${Math.abs(score).toFixed(2)}`;
  return [
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "The five drivers" }, el("table", { id: "drivers" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Driver, and what was measured"), el("th", { scope: "col", class: "text" }, "Region … edge"),
        el("th", { scope: "col" }, "−1 … +1"), el("th", { scope: "col", class: "text" }, "Favours"))),
      el("tbody", {}, list.map((one) => el("tr", { "data-driver": one.name },
        el("th", { scope: "row" }, capital(one.name), el("span", { class: "hint measured" }, one.sentence)),
        el("td", { class: "bars-cell" }, track({ low: -1, high: 1, centre: 0, spans: [{ from: 0, to: one.score, kind: one.score < 0 ? "striped" : "solid" }] })),
        el("td", { "data-score": one.score }, arrow(one.score)), el("td", { class: "text" }, FAVOURS[one.favours])))))),
    el("p", { class: "help" }, "The verdict is not their sum: it asks whether regions reach enough people in time, whether the model fits and the fleet runs itself, then what it costs. ",
      csvLink(() => ["name", "score", "favours", "value", "unit", "sentence"].map((key) => ({ label: key, values: list.map((one) => one[key]) })), "drivers.csv")),
  ];
}
