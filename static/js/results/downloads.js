// What a finished plan can be taken away as: tables in every format, the map, the report, a link to this view.

import { planUrl } from "../api.js";
import { el, fill } from "../dom.js";
import { keptInputs } from "../studies/keptinputs.js";

const TABLES = [
  ["sites", "Open sites"],
  ["assignments", "Who serves whom"],
  ["candidates", "All candidates"],
  ["failures", "Every single failure"],
  ["gaps", "Coverage gaps"],
  ["unprotected", "People without protection"],
];
const WITHOUT_SITES = new Set(["gaps", "candidates"]);
const FORMATS = [["geojson", "GeoJSON"], ["csv", "CSV"], ["gpkg", "GeoPackage"], ["parquet", "GeoParquet"]];

/** here(): the address of what is in sight at this moment. */
export function renderDownloads(root, plan, here) {
  root.hidden = plan.state !== "done" || plan.outcome === "no_plan";
  if (root.hidden) return;
  const link = (href, file, text, label) => el("a", { href, download: file, "aria-label": label }, text);
  const single = (title, what, file, text) => el("div", {}, el("dt", {}, title), el("dd", {}, link(planUrl(plan.id, what), file, text, `${title}, ${text}`)));
  fill(root,
    el("h2", {}, "Take it away"),
    el("div", { class: "actions" },
      plan.links.report ? reportLink(plan) : null,
      ...copyLink(here)),
    el("table", { class: "formats" },
      el("caption", { class: "visually-hidden" }, "Tables of the plan in every format"),
      el("tbody", {}, TABLES.filter(([what]) => plan.links[what] && (plan.sites || WITHOUT_SITES.has(what))).map(([what, title]) => el("tr", {},
        el("th", { scope: "row" }, title),
        el("td", {}, FORMATS.map(([format, text]) =>
          link(`${planUrl(plan.id, what)}?format=${format}`, `${what}.${format}`, text, `${title} as ${text}`))))))),
    el("dl", {},
      single("The map, in one file", "map.html", "map.html", "HTML"),
      single("The plan, for sitewright verify", "plan.json", "plan.json", "JSON"),
      plan.sites ? single("The proof, for anybody", "certificate", "certificate.json", "JSON") : null));
}

/** The report, with the economic inputs the planner has changed by the time it is opened. */
function reportLink(plan) {
  const address = () => {
    const changed = Object.entries(keptInputs().values()).map(([name, value]) => ["set", `${name}=${value}`]);
    return `${planUrl(plan.id, "report")}${changed.length > 0 ? `?${new URLSearchParams(changed)}` : ""}`;
  };
  const link = el("a", { class: "button primary", id: "open-report", href: address(), target: "_blank", rel: "noopener" }, "Open the report");
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, () => { link.href = address(); });
  return link;
}

/** A button that copies the address of this view; where the browser allows no copying the address is there to be copied. */
function copyLink(here) {
  const address = el("input", { type: "text", id: "view-link", readonly: true, hidden: true, "aria-label": "Link to this view" });
  const said = el("span", { class: "hint", role: "status" });
  const button = el("button", { type: "button", id: "copy-link" }, "Copy a link to this view");
  button.onclick = async () => {
    address.value = here();
    address.hidden = false;
    address.select();
    try {
      await navigator.clipboard.writeText(address.value);
      said.textContent = "Copied. It opens on this map view, with these sites failed and these panels open.";
    } catch {
      said.textContent = "Copy the marked address.";
    }
  };
  return [button, address, said];
}
