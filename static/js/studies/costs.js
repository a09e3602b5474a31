// What a token costs at the edge and in a region, line by line.

import { csvLink } from "../charts/table.js";
import { el, fill } from "../dom.js";
import { percent } from "../format.js";
import { amount, times } from "./words.js";

/** told: the answer of POST …/economics. */
export function costTable(root, told) {
  const { totals, costs } = told;
  const input = Object.fromEntries(told.inputs.map(({ name, value }) => [name, value]));
  const millions = totals.served_tokens_year / 1e6;
  const ratio = (value) => (value === null ? "never" : value > 1 ? `never (${percent(value)})` : percent(value));
  const rows = [
    ["Cost per million tokens", "USD", costs.edge_usd_per_million_tokens, costs.region_usd_per_million_tokens, amount, "cost"],
    ["of it, hauling the data", "USD", null, costs.haul_usd_per_million_tokens, amount],
    ["Cost a year, same tokens", "USD", totals.edge_usd_year, costs.region_usd_per_million_tokens === null ? null : costs.region_usd_per_million_tokens * millions, amount, "year"],
    ["Built and bought", "USD", totals.capex_usd_fleet, null, amount],
    ["Running it, a year", "USD", totals.opex_usd_year, null, amount],
    ["of it, operations with zero-touch", "USD", totals.operations_with_usd_year, null, amount],
    ["the same without zero-touch", "USD", totals.operations_without_usd_year, null, amount],
    ["Accelerators", "", totals.accelerators_total, null, amount],
    ["Utilisation", "", costs.utilisation, input.region_utilisation, percent, "used"],
    ["Power", "USD/kWh", totals.edge_power_usd_kwh, input.region_power_usd_kwh, amount],
    ["Rent", "USD per kW and month", input.edge_rent_usd_kw_month, input.region_rent_usd_kw_month, amount],
    ["Power usage effectiveness", "", input.edge_pue, input.region_pue, amount],
    ["Utilisation at which both cost the same", "", costs.parity_utilisation, null, ratio, "parity"],
    ["the same, when users pay the edge's premium", "", costs.paid_utilisation, null, ratio],
  ];
  const cell = (value, say) => el("td", {}, value === null || value === undefined ? "–" : say(value));
  fill(root, el("div", { class: "study-part" },
    el("h3", {}, `A token at the edge costs ${times(costs.edge_to_region_ratio)} a region's`),
    el("div", { class: "scroll tall fit", tabindex: 0, role: "region", "aria-label": "Cost, edge against region" }, el("table", { id: "costs" },
      el("thead", {}, el("tr", {}, ["", "Edge", "Region"].map((text) => (text ? el("th", { scope: "col" }, text) : el("td"))))),
      el("tbody", {}, rows.map(([label, unit, edge, region, say, name]) => el("tr", { "data-cost": name, class: /^(of it|the same)/.test(label) ? "part" : null },
        el("th", { scope: "row" }, label, unit ? el("span", { class: "hint unit-note" }, unit) : null), cell(edge, say), cell(region, say)))))),
    el("p", { class: "help" }, "The region's year is its price per token times the tokens this fleet serves. ", csvLink(() => [
      { label: "item", values: rows.map(([label]) => label) }, { label: "unit", values: rows.map(([, unit]) => unit) },
      { label: "edge", values: rows.map((row) => row[2]) }, { label: "region", values: rows.map((row) => row[3]) },
    ], "costs.csv"))));
}
