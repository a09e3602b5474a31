// What hovering or tapping something says.  Names are the user's text: they only ever become text nodes.

import { el, userText } from "../dom.js";
import { counted, limitText, measure, number, people } from "../format.js";
import { nameOf, rttMs, serverOf } from "./model.js";

const ROLES = ["Primary", "Backup", "2nd backup", "3rd backup"];

/** drill: the store's view. */
export function demandDetails(model, point, drill) {
  const { demand } = model;
  const box = card(demand.name[point], demand.id[point], `${number(demand.population[point])} people`);
  const table = el("table");
  for (let column = 0; column < model.columns; column += 1) {
    const site = serverOf(model, point, column);
    const role = ROLES[column] ?? `${column}th backup`;
    table.append(site < 0
      ? row(role, "none", "")
      : row(role, model.sites.name[site], distanceText(model, demand.distance[column][point], site), drill.failed.has(site)));
  }
  box.append(table);
  const move = drill.moveOf.get(point);
  if (move && drill.drill.points === demand) {
    box.append(el("p", { class: "now" }, move.to < 0 ? "Now: no site left in reach" : [
      "Now: ", userText(model.sites.name[move.to]), `, ${distanceText(model, move.toDistance, move.to)}`]));
  }
  const gap = model.gapByPointId.get(demand.id[point]);
  if (gap !== undefined) box.append(gapSentence(model, gap));
  else if (model.isUnprotected(point)) box.append(el("p", { class: "gap-note" }, "Left unprotected: the plan protects a part of the people only."));
  return box;
}

/** A gap is a place like any other, with a reason. */
export function gapDetails(model, gap, drill) {
  if (model.pointOfGap[gap] < 0) {
    const box = card(model.gaps.name[gap], model.gaps.id[gap], `${number(model.gaps.population[gap])} people`);
    box.append(gapSentence(model, gap));
    return box;
  }
  return demandDetails(model, model.pointOfGap[gap], drill);
}

export function siteDetails(model, site, { failed, changing }) {
  const { sites } = model;
  const down = failed.has(site);
  const box = card(nameOf(sites, site), sites.id[site], down ? "Open site, failed" : "Open site");
  if (sites.status[site] === "required") box.append(el("p", {}, "Required by you"));
  box.append(el("p", {}, `Primary for ${people(sites.population[site])} people in ${
    counted(sites.places[site], "place", "places")}`));
  if (model.reach.unit === "km") box.append(el("p", {}, `Reach ${limitText(sites.reach[site], "km")}`));
  Object.entries(sites.groups).forEach(([column, values]) => values[site] && box.append(
    el("p", {}, userText(column), ": ", userText(values[site]))));
  if (!changing) box.append(el("p", { class: "hint" }, down ? "Click to restore it" : "Click to fail it"));
  return box;
}

/** point: the place under the candidate, or -1; what people ask about is the place. */
export function unusedDetails(model, candidate, point, drill) {
  const { unused } = model;
  const verdict = unused.status[candidate] === "forbidden" ? "ruled out by you" : "not needed";
  if (point < 0) return card(unused.name[candidate], unused.id[candidate], `Candidate site, ${verdict}`);
  const box = demandDetails(model, point, drill);
  box.append(el("p", { class: "hint" }, "Candidate site here, ", verdict, ": ", userText(unused.name[candidate] || unused.id[candidate])));
  return box;
}

export function distanceText(model, distance, site) {
  const text = measure(distance, model.reach.unit);
  return model.reach.unit === "km" && Number.isFinite(distance) && distance !== null
    ? `${text} · ${measure(rttMs(model, distance, site), "ms")}` : text;
}

export function gapSentence(model, gap) {
  const { candidates_in_reach: have, candidates_needed: need, smallest_reach: reach, shared_group: group } = model.gaps;
  const words = group[gap]
    ? ["Coverage gap: the ", counted(have[gap], "candidate", "candidates"), " in reach would all fail with ", userText(group[gap]), "."]
    : [`Coverage gap: ${counted(have[gap], "candidate", "candidates")} in reach, ${need[gap]} needed.`];
  const cure = reach[gap] === null
    ? " There are not enough candidates at any distance."
    : ` It would have enough at ${measure(Math.ceil(reach[gap] * 10) / 10, model.reach.unit)}.`;
  return el("p", { class: "gap-note" }, words, cure);
}

function card(name, id, line) {
  const same = name === id || !name;
  return el("div", { class: "details" },
    el("strong", {}, userText(name || id)), same ? null : el("span", { class: "id" }, userText(id)), el("p", {}, line));
}

function row(role, site, distance, down = false) {
  return el("tr", { class: down ? "down" : null },
    el("th", { scope: "row" }, role), el("td", {}, userText(site), down ? " (failed)" : ""), el("td", {}, distance));
}
