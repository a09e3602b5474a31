// What a finished plan can be taken away as.

import { planUrl } from "../api.js";
import { el, fill } from "../dom.js";

const TABLES = [
  ["sites", "Open sites"],
  ["candidates", "All candidates"],
  ["assignments", "Who serves whom"],
  ["failures", "Failures, one by one"],
  ["gaps", "Coverage gaps"],
];
const FORMATS = [["geojson", "GeoJSON"], ["csv", "CSV"], ["gpkg", "GeoPackage"], ["parquet", "GeoParquet"]];

export function renderDownloads(root, plan) {
  root.hidden = plan.state !== "done" || plan.outcome === "no_plan";
  if (root.hidden) return;
  const link = (href, file, text, label) => el("a", { href, download: file, "aria-label": label }, text);
  const single = (title, what, file, text) => el("div", {},
    el("dt", {}, title), el("dd", {}, link(planUrl(plan.id, what), file, text, `${file}: ${text}`)));
  fill(root,
    el("h2", {}, "Take it away"),
    el("dl", {}, TABLES.filter(([what]) => what === "gaps" || plan.sites).map(([what, title]) => el("div", {},
      el("dt", {}, title),
      el("dd", {}, FORMATS.map(([format, text]) =>
        link(`${planUrl(plan.id, what)}?format=${format}`, `${what}.${format}`, text, `${title} as ${text}`))))),
    single("The map, in one file", "map.html", "map.html", "HTML"),
    plan.links.report ? el("div", {}, el("dt", {}, "The plan written up"), el("dd", {}, el("a", { href: plan.links.report }, "Report"))) : null,
    single(["The plan, for ", el("code", {}, "sitewright verify")], "plan.json", "plan.json", "JSON")));
}
