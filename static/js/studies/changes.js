// What a variant changed of the plan it was made from: sites in, sites out, people affected.

import { planRows, request } from "../api.js";
import { el, fill, userText } from "../dom.js";
import { counted, measure, number, people } from "../format.js";
import { csvLink } from "../charts/table.js";
import { sortableTable } from "../results/table.js";
import { planPath } from "./words.js";

const FIGURES = [
  ["Sites", "sites", number], ["No plan below", "lower_bound", (value) => number(Math.ceil(value - 1e-6))],
  ["Worst to the nearest site", "worst_primary_km", (value) => measure(value, "km")],
  ["Worst to the last site needed", "worst_last_km", (value) => measure(value, "km")],
  ["Worst to the nearest site", "worst_primary_ms", (value) => measure(value, "ms")],
  ["Worst to the last site needed", "worst_last_ms", (value) => measure(value, "ms")],
  ["People unprotected", "unprotected_people", number],
];

export async function render(root, plan, on) {
  const [told, parentSites] = await Promise.all([
    request(planPath(plan.id, "changes")), planRows(plan.parent_id, "sites").catch(() => []),
  ]);
  const { before, after } = told;
  const names = new Map(parentSites.map((site) => [site.id, site.name]));
  const nameOf = (id) => names.get(id) || on.nameOf(id);
  const list = (title, ids, kind) => el("div", {},
    el("h3", {}, `${title}: ${number(ids.length)}`),
    ids.length ? el("ul", { class: "site-list" }, ids.map((id) => el("li", {},
      el("button", { type: "button", class: "pick", "data-id": id, title: "Show on the map", onclick: () => on.focus(kind, id) }, userText(nameOf(id))))))
      : el("p", { class: "hint" }, "none"));
  // A plan of measured round trips knows no km; all others tell km, and ms beside them would say the same twice.
  const shown = (key) => (before[key] !== null || after[key] !== null)
    && (!key.endsWith("_ms") || after[key.replace("_ms", "_km")] === null)
    && (key !== "lower_bound" || plan.request.objective.startsWith("sites"));
  const moves = el("div", { class: "moves" });
  let table = null;
  const ask = el("button", { type: "button", class: "quiet", onclick: showMoves }, "Who has another primary site?");
  async function showMoves() {
    ask.disabled = true;
    const { moves: rows } = await request(`${planPath(plan.id, "changes")}?moves=true`);
    const columns = [
      { key: "name", label: "Place", text: true },
      { key: "population", label: "People", format: number },
      { key: "from_site", label: "Served by, before", text: true, format: (id) => (id === null ? "nobody" : userText(nameOf(id))) },
      { key: "to_site", label: "now", text: true, format: (id) => (id === null ? "nobody" : userText(nameOf(id))) },
      { key: "from_km", label: "Distance before", format: (km) => measure(km, "km") },
      { key: "to_km", label: "now", format: (km) => measure(km, "km") },
    ];
    table = sortableTable({
      label: "People whose primary site is another", rows: rows.map((row) => ({ ...row, id: row.point_id })), sort: ["population", "descending"],
      shown: 25, onPick: (row) => on.focus("demand", row.id), columns,
    });
    fill(moves, table.element, csvLink(() => ["point_id", "name", "population", "from_site", "to_site", "from_km", "to_km"]
      .map((key) => ({ label: key, values: rows.map((row) => row[key]) })), "changes.csv"));
  }
  fill(moves, told.moved.points ? el("div", { class: "actions" }, ask) : null);
  fill(root,
    el("p", { class: "sentence", id: "changes-sentence" }, sentence(told)),
    el("p", {}, "Made from ", el("a", { href: `/plans/${encodeURIComponent(before.plan_id)}` }, userText(before.name)), ". ",
      el("a", { href: `/compare?plans=${encodeURIComponent(before.plan_id)},${encodeURIComponent(after.plan_id)}` }, "Side by side on maps")),
    el("div", { class: "two" }, list("Sites in", told.sites_in, "site"), list("Sites out", told.sites_out, "candidate")),
    told.sites_in.length ? el("div", { class: "actions" }, el("button", { type: "button", onclick: () => on.highlight(told.sites_in) }, "Ring the new sites on the map")) : null,
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Before and after" }, el("table", {},
      el("thead", {}, el("tr", {}, ["", "Before", "Now"].map((text) => (text ? el("th", { scope: "col" }, text) : el("td"))))),
      el("tbody", {}, FIGURES.filter(([, key]) => shown(key)).map(([label, key, say]) => el("tr", {},
        el("th", { scope: "row" }, label), [before, after].map((side) => el("td", {}, side[key] === null ? "–" : say(side[key])))))))),
    moves);
  return {
    select(kind, id) {
      if (kind === "demand" || kind === "gap") table?.mark(id);
      for (const button of root.querySelectorAll(".site-list .pick")) button.classList.toggle("marked", button.dataset.id === id);
    },
  };
}

function sentence({ sites_in: sitesIn, sites_out: sitesOut, moved, lost, gained, difference }) {
  const told = [`${counted(sitesIn.length, "site", "sites")} in, ${number(sitesOut.length)} out; ${people(moved.people)} people have another primary site.`];
  if (lost.people > 0) told.push(`${people(lost.people)} people lose their protection.`);
  if (gained.people > 0) told.push(`${people(gained.people)} people gain it.`);
  if (difference && difference.least < difference.most) told.push(`As far as proven, the two settings differ by ${signed(difference.least)} to ${signed(difference.most)}.`);
  return told.join(" ");
}

const signed = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${number(Math.abs(value))}`;
