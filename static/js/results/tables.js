// The open sites and their failures, as tables beside the map.

import { planRows } from "../api.js";
import { el, fill } from "../dom.js";
import { measure, number } from "../format.js";
import { sortableTable } from "./table.js";

const km = (value) => measure(value, "km");
const ms = (value) => measure(value, "ms");

const SITE_COLUMNS = [
  { key: "name", label: "Open site", text: true },
  { key: "status", label: "Status", text: true },
  { key: "cost_usd", label: "Cost", unit: "USD", format: number },
  { key: "population_primary", label: "People", format: number },
  { key: "points_primary", label: "Places", format: number },
  { key: "population_backup", label: "People it backs up", format: number },
  { key: "farthest_primary_km", label: "Farthest", format: km },
  { key: "farthest_primary_rtt_ms", label: "Farthest", format: ms },
  { key: "substitutes", label: "Stand-ins", format: (_, row) => standIns(row), sortBy: (row) => (row.substitutes ?? "").length },
];

const FAILURE_COLUMNS = [
  { key: "name", label: "If this site fails", text: true },
  { key: "population_moved", label: "People who move", format: number },
  { key: "points_moved", label: "Places that move", format: number },
  { key: "population_lost", label: "People lost", format: number },
  { key: "worst_before_km", label: "Worst before", format: km },
  { key: "worst_after_km", label: "Worst after", format: km },
  { key: "worst_before_rtt_ms", label: "Worst before", format: ms },
  { key: "worst_after_rtt_ms", label: "Worst after", format: ms },
];

/** Closed candidates that could take a site's place with all others as they are. */
function standIns(row) {
  if (row.irreplaceable) return "irreplaceable";
  const others = (row.substitutes ?? "").split(" ").filter(Boolean);
  return others.length ? number(others.length) : "none";
}

/** Fills ``root``; on: {focus(kind, id), fail(ids)}.  Returns {select(kind, id), failed(ids), nameOf(id)}. */
export async function renderTables(root, plan, on) {
  if (plan.state !== "done" || !plan.sites) return { nameOf: (id) => id };
  root.hidden = false;
  const [sites, failures] = await Promise.all([planRows(plan.id, "sites"), planRows(plan.id, "failures")]);
  const has = (rows) => (column) => rows.some((row) => row[column.key] !== null && row[column.key] !== undefined);
  const siteTable = sortableTable({
    label: "Open sites", rows: sites, sort: ["population_primary", "descending"], onPick: (row) => on.focus("site", row.id),
    columns: SITE_COLUMNS.filter(has(sites)).filter(({ key }) => key !== "status" || sites.some((row) => row.status !== "candidate")),
  });
  const failureTable = sortableTable({
    label: "Failures, one site at a time", rows: failures, sort: ["population_moved", "descending"], pickLabel: "Fail it on the map",
    onPick: (row) => on.fail([row.id]), columns: FAILURE_COLUMNS.filter(has(failures)),
  });
  fill(root, tabs("Tables of the plan", [
    [`Open sites (${number(sites.length)})`, "tab-sites", siteTable.element],
    ["Failures, worst first", "tab-failures", failureTable.element],
  ]));
  const names = new Map(sites.map((site) => [site.id, site.name]));
  return {
    nameOf: (id) => names.get(id) || id,
    select: (kind, id) => { if (kind === "site") { siteTable.mark(id); failureTable.mark(id); } },
    failed: (ids) => { siteTable.flag(ids, "failed"); failureTable.flag(ids, "failed"); },
  };
}

/** Tabs as assistive technology expects them: arrows move between them. */
export function tabs(label, entries) {
  const buttons = entries.map(([text, id], i) => el("button", {
    type: "button", role: "tab", id, "aria-controls": `${id}-panel`, "aria-selected": String(i === 0), tabindex: i === 0 ? 0 : -1,
    onclick: () => choose(i),
  }, text));
  const panels = entries.map(([, id, content], i) =>
    el("div", { role: "tabpanel", id: `${id}-panel`, "aria-labelledby": id, hidden: i !== 0 }, content));
  function choose(chosen) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    });
  }
  const list = el("div", { role: "tablist", "aria-label": label, class: "tabs" }, buttons);
  list.addEventListener("keydown", ({ key }) => {
    const at = buttons.indexOf(document.activeElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[key];
    if (at < 0 || next === undefined) return;
    const chosen = (next + buttons.length) % buttons.length;
    choose(chosen);
    buttons[chosen].focus();
  });
  return [list, panels];
}
