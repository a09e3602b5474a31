// What a finished plan can be taken away as.

import { planUrl } from "../api.js";
import { el, fill } from "../dom.js";

const TABLES = [
  ["sites", "Open sites"],
  ["assignments", "Who serves whom"],
  ["gaps", "Coverage gaps"],
];

export function renderDownloads(root, plan) {
  root.hidden = plan.state !== "done" || plan.outcome === "no_plan";
  if (root.hidden) return;
  const link = (href, file, text, label) =>
    el("a", { href, download: file, "aria-label": label }, text);
  fill(root,
    el("h2", {}, "Downloads"),
    el("dl", {}, TABLES.filter(([what]) => what === "gaps" || plan.sites).map(([what, title]) => el("div", {},
      el("dt", {}, title),
      el("dd", {},
        link(planUrl(plan.id, what), `${what}.geojson`, "GeoJSON", `${title} as GeoJSON`), " ",
        link(`${planUrl(plan.id, what)}?format=csv`, `${what}.csv`, "CSV", `${title} as CSV`)))),
    el("div", {}, el("dt", {}, "The map, in one file"), el("dd", {}, link(planUrl(plan.id, "map.html"), "map.html", "HTML", "The map as HTML"))),
    el("div", {}, el("dt", {}, "The plan, for ", el("code", {}, "sitewright verify")),
      el("dd", {}, link(planUrl(plan.id, "plan.json"), "plan.json", "JSON", "The plan as JSON")))));
}
