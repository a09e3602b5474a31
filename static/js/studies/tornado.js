// How far each input, moved over its range, moves the price: the widest swing first.

import { csvLink } from "../charts/table.js";
import { el, fill } from "../dom.js";
import { track } from "./bars.js";
import { OUTCOMES } from "./verdict.js";
import { amount, capital, times } from "./words.js";

const SHOWN = 8;

/** told: the answer of POST …/economics. */
export function tornado(root, told) {
  const { sensitivity } = told;
  const now = told.costs.edge_to_region_ratio;
  if (sensitivity.length === 0 || !Number.isFinite(now)) {
    fill(root);
    return;
  }
  const ends = sensitivity.flatMap((one) => [one.result_low, one.result_high]).filter(Number.isFinite);
  const [low, high] = [Math.min(now, ...ends), Math.max(now, ...ends)];
  const turned = (outcome) => (outcome === told.verdict.outcome ? "" : `: ${OUTCOMES[outcome].toLocaleLowerCase("en")}`);
  const end = (value, result, outcome) => el("td", {}, `${amount(value)} → ${result === null ? "no price" : times(result)}`, turned(outcome));
  const row = (one) => el("tr", { "data-input": one.name },
    el("th", { scope: "row" }, capital(one.label), el("span", { class: "hint unit-note" }, one.unit)),
    el("td", { class: "bars-cell wide" }, track({ low, high, centre: now, spans: [
      { from: now, to: one.result_low ?? high, kind: "striped" }, { from: now, to: one.result_high ?? high, kind: "solid" }] })),
    end(one.low, one.result_low, one.outcome_low), end(one.high, one.result_high, one.outcome_high));
  const table = (rows) => el("table", { id: "tornado" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Input"),
      el("th", { scope: "col", class: "text scale" }, el("span", {}, times(low)), el("span", {}, `now ${times(now)}`), el("span", {}, times(high))),
      el("th", { scope: "col" }, keyed("striped", "at its low end")), el("th", { scope: "col" }, keyed("solid", "at its high end")))),
    el("tbody", {}, rows.map(row)));
  const box = el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Sensitivity: edge over region, per million tokens" }, table(sensitivity.slice(0, SHOWN)));
  const more = el("button", { type: "button", class: "pick", onclick: () => { fill(box, table(sensitivity)); more.remove(); } }, `Show all ${sensitivity.length}`);
  fill(root, el("div", { class: "study-part" },
    el("h3", {}, "What matters most"),
    el("p", {}, `Cost per million tokens, edge over region: ${times(now)} now. Each bar is one input moved over its range, all others as they are.`),
    box,
    el("p", { class: "help" }, sensitivity.length > SHOWN ? [more, " · "] : null,
      csvLink(() => ["name", "label", "unit", "low", "high", "result_low", "result_high", "outcome_low", "outcome_high", "swing"]
        .map((key) => ({ label: key, values: sensitivity.map((one) => one[key]) })), "tornado.csv"))));
}

const keyed = (kind, text) => [el("span", { class: `bars-key bars-bar ${kind}`, "aria-hidden": "true" }), text];
