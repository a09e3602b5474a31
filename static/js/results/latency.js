// What users experience, in ms: before, at everybody's backup, and after the worst single failure.

import { request } from "../api.js";
import { el, fill, userText } from "../dom.js";
import { limitText, measure, people } from "../format.js";

const ROWS = [["p50_ms", "Half of the people within"], ["p95_ms", "95 % within"], ["p99_ms", "99 % within"], ["worst_ms", "Worst"]];
const KINDS = {
  budget: "End to end, every term of the promise included",
  floor: "Round trip of light in fibre along the great circle: a floor, not a forecast",
  measured: "Measured round trips",
};

/** Round trips of single ms differ in their hundredths. */
const ms = (value) => (value !== null && value < 10 ? limitText(Number(value.toFixed(2)), "ms") : measure(value, "ms"));

/** nameOf(id): the name of an open site · on: {fail(ids)}. */
export async function renderLatency(root, plan, nameOf, on) {
  root.hidden = !plan.links.latency || !plan.sites;
  if (root.hidden) return;
  const told = await request(`/plans/${encodeURIComponent(plan.id)}/latency`);
  const { before, backup, after } = told;
  const columns = [["Before", before], ["At the backup", backup], ["After the worst failure", after]];
  const failed = after.failed === null ? null
    : el("button", { type: "button", class: "pick", title: "Fail it on the map", onclick: () => on.fail([after.failed]) }, userText(nameOf(after.failed)));
  fill(root,
    el("h2", {}, "Latency"),
    failed ? el("p", { class: "sentence", id: "latency-sentence" }, "Worst ", ms(before.worst_ms), "; ", ms(after.worst_ms), " when ", failed,
      " fails", after.lost_population > 0 ? `, and ${people(after.lost_population)} people are lost` : "", ".") : null,
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Latency of the people" }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Weighted by people"), columns.map(([label]) => el("th", { scope: "col" }, label)))),
      el("tbody", {}, ROWS.map(([key, label]) => el("tr", {}, el("th", { scope: "row" }, label),
        columns.map(([, spread]) => el("td", { "data-latency": key }, ms(spread[key])))))))),
    told.slo_ms !== null && before.late_population + after.late_population > 0
      ? el("p", { class: "warning" }, `${people(after.late_population)} people wait longer than promised after that failure.`) : null,
    el("p", { class: "help" }, KINDS[told.kind], told.slo_ms === null ? "." : `; promised: ${measure(told.slo_ms, "ms")}.`));
}
