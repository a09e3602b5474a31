// Behind the table of percentiles: how many people wait how long, and where the promise goes.

import { chart } from "../charts/chart.js";
import { csvLink } from "../charts/table.js";
import { post, request } from "../api.js";
import { el, fill, userText } from "../dom.js";
import { limitText, measure, number, people } from "../format.js";
import { track } from "./bars.js";
import { planPath } from "./words.js";

export async function render(root, plan) {
  const told = await request(planPath(plan.id, "latency"));
  const distribution = el("div", { id: "latency-distribution" });
  const waterfall = el("div", { id: "latency-waterfall", hidden: true });
  fill(root, waterfall, distribution);
  const [drawn] = await Promise.all([
    drawDistribution(distribution, told), plan.request.reach.slo_ms ? drawWaterfall(waterfall, plan.request.reach) : null]);
  return { close: () => drawn.destroy() };
}

function drawDistribution(root, { before, backup, after, histogram, slo_ms: promised }) {
  const { edges_ms: edges } = histogram;
  const digits = edges[edges.length - 1] - edges[0] < 5 ? 2 : 1;
  // A step holds until the next edge; the last edge closes the last bin.
  const bins = (values) => [...values, 0];
  return chart(root, {
    title: "People by latency", file: "latency-distribution.csv", height: 230,
    summary: `Half of the people within ${measure(before.p50_ms, "ms")}, 99 % within ${measure(before.p99_ms, "ms")}; after the worst failure 99 % within ${
      measure(after.p99_ms, "ms")}. At the backup site, 99 % within ${measure(backup.p99_ms, "ms")}.`,
    note: `People per bin of ${(edges[1] - edges[0]).toFixed(digits + 1)} ms${promised === null ? "" : `; promised ${measure(promised, "ms")}`}.`,
    x: { label: "Latency from", unit: "ms", values: edges, format: (ms) => ms.toFixed(digits) },
    y: { label: "People", range: (_, high) => [0, (high ?? 1) * 1.05], format: people },
    series: [
      { label: "Before", kind: "step", values: bins(histogram.before), format: number },
      { label: "At the backup", kind: "step", values: bins(histogram.backup), format: number },
      { label: "After the worst failure", kind: "step", values: bins(histogram.after), format: number },
    ],
  });
}

async function drawWaterfall(root, reach) {
  const budget = await post("/budget", reach);
  const [promise, ...steps] = budget.waterfall;
  const bar = (step) => track({
    low: 0, high: promise.ms, spans: [{ from: step.left_ms + step.ms, to: Math.max(0, step.left_ms), kind: step.name === "distance" ? "striped" : "solid" }],
  });
  const row = (name, step, cell, left) => el("tr", { "data-term": step.name }, el("th", { scope: "row" }, name),
    el("td", { class: "bars-cell" }, cell), el("td", {}, measure(step.ms, "ms")), el("td", {}, left), el("td", { class: "text source-text" }, userText(step.source)));
  fill(root,
    el("h3", {}, `Where ${limitText(promise.ms, "ms")} go: ${limitText(Math.round(budget.radius_km * 10) / 10, "km")} are left`),
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Where the promise goes" }, el("table", {},
      el("thead", {}, el("tr", {}, ["Term", "", "Takes", "Leaves", "Source"].map((text, i) =>
        (i === 1 ? el("td", { "aria-hidden": "true" }) : el("th", { scope: "col", class: i === 4 ? "text" : null }, text))))),
      el("tbody", {}, row(promise.label, promise, track({ low: 0, high: promise.ms, spans: [{ from: 0, to: promise.ms, kind: "plain" }] }), measure(promise.ms, "ms")),
        steps.map((step) => row(step.label, step, bar(step), measure(step.left_ms, "ms")))))),
    el("p", { class: "help" }, csvLink(() => ["label", "ms", "left_ms", "source"].map((key) => ({
      label: { label: "Term", ms: "Takes, ms", left_ms: "Leaves, ms", source: "Source" }[key], values: budget.waterfall.map((step) => step[key]),
    })), "waterfall.csv")));
  root.hidden = false;
}
