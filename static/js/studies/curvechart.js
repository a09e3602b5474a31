// A trade-off curve as picture and table; every point can become a plan of its own.

import { post } from "../api.js";
import { chart } from "../charts/chart.js";
import { el, fill } from "../dom.js";
import { counted, number, people } from "../format.js";
import { axisOf, ownValue, valueText, variantOf } from "./curvevalues.js";
import { planPath } from "./words.js";

const usable = (point) => Number.isFinite(point.sites);

/** Returns {show(curve), close()}: ``show`` again whenever a point was added. */
export function showCurve(root, plan, on) {
  const picture = el("div");
  const table = el("div");
  const fault = el("p", { class: "errors", role: "alert" });
  let drawn = null;
  let over = null;
  fill(root, picture, table, fault);

  async function show(curve) {
    fill(table, points(curve));
    if (!curve.points.some(usable)) return;
    const spec = specOf(curve);
    if (drawn && over === curve.over) drawn.update(spec);
    else {
      over = curve.over;
      drawn = await chart(picture, spec);
    }
  }

  function points(curve) {
    if (curve.points.length === 0) return el("p", { class: "hint" }, "No point is solved yet.");
    const own = ownValue(plan, curve.over);
    const { label, least, counts } = measureOf(curve);
    const costs = !curve.objective.startsWith("cost") && curve.points.some((point) => Number.isFinite(point.cost_usd));
    const gaps = curve.points.some((point) => point.gap_people > 0);
    const heads = [axisOf(curve.over)[0], "Sites", counts ? null : label, "No plan below", costs ? "Cost, USD" : null, gaps ? "People in gaps" : null, ""];
    return [
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Points of the curve" }, el("table", {},
        el("thead", {}, el("tr", {}, heads.filter((head) => head !== null).map((head) => (head ? el("th", { scope: "col" }, head) : el("td"))))),
        el("tbody", {}, curve.points.map((point) => el("tr", { "data-value": point.value, class: point.value === own ? "marked" : null },
          el("th", { scope: "row" }, valueText(curve.over, point.value), point.value === own ? ` (this plan${usable(point) && point.sites !== plan.sites ? `: ${number(plan.sites)} sites` : ""})` : ""),
          el("td", {}, usable(point) ? number(point.sites) : { infeasible: "not possible", no_plan: "none found in time" }[point.outcome]),
          counts ? null : el("td", {}, usable(point) ? number(point.objective) : "–"),
          el("td", {}, usable(point) ? `${number(least(point))}${point.outcome === "optimal" ? " (proven)" : ""}` : "–"),
          costs ? el("td", {}, Number.isFinite(point.cost_usd) ? number(point.cost_usd) : "–") : null,
          gaps ? el("td", {}, number(point.gap_people)) : null,
          el("td", {}, point.value === own || !usable(point) ? "" : el("button", {
            type: "button", class: "pick", "aria-label": `Make it a plan: ${valueText(curve.over, point.value)}`, onclick: (event) => adopt(event.target, curve.over, point.value),
          }, "Make it a plan"))))))),
      failures(curve),
      el("p", { class: "help" }, el("a", { href: `/api/v1${planPath(curve.id, "curve")}?format=csv`, download: "curve.csv" }, "Download as CSV, with the sites of each point")),
    ];
  }

  function failures(curve) {
    const without = curve.points.filter((point) => !usable(point));
    return without.length === 0 ? null : el("ul", { class: "notes" }, without.map((point) => el("li", {},
      `${valueText(curve.over, point.value)}: ${point.reason || (point.gap_points
        ? `${counted(point.gap_points, "place", "places")} with ${people(point.gap_people)} people have too few candidates in reach.` : "no plan was found in the time given.")}`)));
  }

  async function adopt(button, name, value) {
    button.disabled = true;
    fill(fault);
    try {
      const child = await post(planPath(plan.id, "variants"), variantOf(plan, name, value));
      on.open(child.id);
    } catch (error) {
      fill(fault, (error.lines ?? [error.message]).join(" "));
      button.disabled = false;
    }
  }

  return { show, close: () => { drawn?.destroy(); drawn = null; } };
}

/** What the curve minimises: its name, the least that is proved of it, and whether it is the number of sites. */
function measureOf({ objective }) {
  if (objective === "population") return { label: "People left out", counts: false, least: (point) => Math.max(0, point.lower_bound) };
  if (objective.startsWith("cost")) return { label: "Least cost, USD", counts: false, least: (point) => Math.max(0, point.lower_bound) };
  return { label: "Sites", counts: true, least: (point) => Math.ceil(point.lower_bound - 1e-6) };
}

function specOf(curve) {
  const [label, unit] = axisOf(curve.over);
  const { points } = curve;
  const { label: measured, least } = measureOf(curve);
  const percent = curve.over === "fraction";
  const shown = points.filter(usable);
  const impossible = points.some((point) => !usable(point));
  const first = shown[0];
  const last = shown[shown.length - 1];
  return {
    title: `${measured} by ${label.toLocaleLowerCase("en")}`, table: false, height: 280,
    summary: `${measured}: from ${number(first.objective)} at ${valueText(curve.over, first.value)} to ${number(last.objective)} at ${valueText(curve.over, last.value)}.`,
    x: { label, unit: percent ? "%" : unit, values: points.map((point) => (percent ? 100 * point.value : point.value)),
      format: (value) => (curve.over === "survive" && !Number.isInteger(value) ? "" : String(value)) },
    y: { label: measured, range: (_, high) => [0, (high ?? 1) * 1.06], format: people },
    series: [
      { label: "Best plan", points: true, values: points.map((point) => (usable(point) ? point.objective : null)), format: number },
      { label: "No plan below", points: true, values: points.map((point) => (usable(point) ? least(point) : null)), format: number },
      impossible ? { label: "Not possible, or none found (at the foot)", kind: "points", values: points.map((point) => (usable(point) ? null : 0)), format: () => "no plan" } : null,
    ].filter(Boolean),
  };
}
