// In which order to open the sites: who is served, and protected, after each step.

import { request } from "../api.js";
import { chart } from "../charts/chart.js";
import { el, fill } from "../dom.js";
import { counted, number, people, percent } from "../format.js";
import { sortableTable } from "../results/table.js";
import { planPath } from "./words.js";

const share = (value) => `${(100 * value).toFixed(1)} %`;

export async function render(root, plan, on) {
  const { steps, kept, survive } = await request(planPath(plan.id, "rollout"));
  const picture = el("div");
  const table = sortableTable({
    label: "Roll-out order", rows: steps, sort: ["step", "ascending"], shown: 25, onPick: (row) => on.focus("site", row.id),
    columns: [
      { key: "name", label: "Site to open", text: true },
      { key: "step", label: "Step", format: (step) => (step === 0 ? "stands already" : number(step)) },
      { key: "people_single", label: "People with a site in reach", format: number },
      { key: "share_single", label: "of all", format: share },
      survive > 0 ? { key: "people_protected", label: "People protected", format: number } : null,
      survive > 0 ? { key: "share_protected", label: "of all", format: share } : null,
      steps.some((step) => step.cost_usd !== null) ? { key: "cost_usd", label: "Cost so far", unit: "USD", format: number } : null,
    ].filter(Boolean),
  });
  const key = survive > 0 ? "share_protected" : "share_single";
  const half = steps.findIndex((step) => step[key] >= 0.5) + 1;
  const most = steps.findIndex((step) => step[key] >= 0.9) + 1;
  const against = survive === 1 ? "any one failure" : `any ${survive} failures`;
  const protectedWords = survive > 0 ? `protected against ${against}` : "in reach of a site";
  fill(root,
    el("p", { class: "sentence" }, half > 0 && most > 0
      ? `The first ${counted(half, "site", "sites")} leave half of the people ${protectedWords}; ${number(most)} of ${number(steps.length)} make it 90 %.`
      : `${counted(steps.length, "site", "sites")}, the one that protects most people soonest first.`),
    kept ? el("p", {}, `${counted(kept, "site stands", "sites stand")} already.`) : null,
    picture, table.element,
    el("p", { class: "help" }, "Ties and pairs: where two sites protect nobody alone, the pair that protects most comes first. ",
      el("a", { href: `/api/v1${planPath(plan.id, "rollout")}?format=csv`, download: "rollout.csv" }, "Download the order as CSV")));
  const last = steps[steps.length - 1];
  const drawn = await chart(picture, {
    title: "People after each step", table: false, height: 260,
    summary: `After the last step ${people(last.people_single)} people have a site in reach${survive > 0 ? `, ${people(last.people_protected)} are protected (${percent(last.share_protected)})` : ""}.`,
    x: { label: "Sites open", values: steps.map((_, i) => i + 1), format: (sites) => (Number.isInteger(sites) ? String(sites) : "") },
    y: { label: "Share of people", unit: "%", range: () => [0, 102] },
    series: [
      { label: "With a site in reach", unit: "%", values: steps.map((step) => 100 * step.share_single), format: (v) => v.toFixed(1) },
      survive > 0 ? { label: `Protected against ${against}`, unit: "%", values: steps.map((step) => 100 * step.share_protected), format: (v) => v.toFixed(1) } : null,
    ].filter(Boolean),
  });
  return { select: (kind, id) => { if (kind === "site") table.mark(id, false); }, close: () => drawn.destroy() };
}
