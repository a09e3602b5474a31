// What a failure does, in words and figures.

import { el, fill, userText } from "../dom.js";
import { counted, limitText, measure, number, people, percent } from "../format.js";
import { nameOf } from "./model.js";

const TABLE_ROWS = 12;
const NAMES_SHOWN = 6;

export function createDrillView(head, report, model, store) {
  const refresh = () => {
    const view = store.view();
    fill(head, view.failed.size === 0 ? invitation(model) : drillHead(model, store, view));
    fill(report, view.failed.size === 0 || view.drill.pending || view.drill.error ? null : drillReport(model, view.drill));
  };
  store.onChange(refresh);
  refresh();
}

function invitation(model) {
  if (model.sites.size === 0) return null;
  return el("p", { class: "hint" }, "Click a site, here or on the map, to see what happens when it fails.");
}

/** Stays in sight while the list scrolls: who failed, and whether anybody is lost. */
function drillHead(model, store, { failed, drill }) {
  const names = [...failed].slice(0, NAMES_SHOWN).map((site) => userText(nameOf(model.sites, site), "strong"));
  const rest = failed.size - names.length;
  return [
    el("div", { class: "failing" },
      el("p", { class: "failed-names" }, names.flatMap((name, i) => [i ? ", " : "", name]), rest > 0 ? ` and ${rest} more` : "",
        failed.size === 1 ? " fails" : " fail"),
      el("button", { type: "button", class: "restore", onclick: () => store.clear() }, "Restore ", el("kbd", {}, "Esc"))),
    verdict(model, drill),
  ];
}

function verdict(model, drill) {
  if (drill.error) return el("p", { class: "lost", role: "alert" }, drill.error);
  if (drill.pending) return el("p", { class: "hint" }, "Asking who moves where…");
  return drill.pointsLost > 0
    ? el("p", { class: "lost" }, `${counted(drill.pointsLost, "place", "places")} with ${
      people(drill.populationLost)} people ${drill.pointsLost === 1 ? "has" : "have"} no open site left in reach.`)
    : el("p", { class: "kept" }, `Nobody leaves the ${limitText(model.reach.limit, model.reach.unit)} reach.`);
}

function drillReport(model, drill) {
  const unit = model.reach.unit;
  const share = model.totalPopulation > 0 ? ` (${percent(drill.populationMoved / model.totalPopulation)})` : "";
  const lost = drill.moves.filter((move) => move.to < 0)
    .sort((a, b) => drill.points.population[b.point] - drill.points.population[a.point]);
  return [
    el("dl", { class: "figures" },
      figure("People who move", people(drill.populationMoved) + share, "moved-people"),
      figure("Places that move", number(drill.pointsMoved), "moved-places"),
      figure("Their worst distance", change(drill.movedWorstBefore, drill.movedWorstAfter, unit), "moved-worst"),
      figure("Worst in the plan", change(drill.worstBefore, drill.worstAfter, unit), "worst")),
    lost.length ? table("lost-places", ["Left without a site", "People"], lost.map(({ point }) => [
      userText(nameOf(drill.points, point)), people(drill.points.population[point])]), drill.pointsLost) : null,
    drill.receiving.length ? table("receiving", ["Taken over by", "People", "Worst"], drill.receiving.map((row) => [
      userText(nameOf(model.sites, row.site)), people(row.population), measure(row.worst, unit)])) : null,
    drill.omitted > 0 ? el("p", { class: "hint" }, `${number(drill.moves.length)} places are drawn, the lost and the largest; ${
      number(drill.omitted)} others are counted only.`) : null,
  ];
}

function figure(label, value, key) {
  return el("div", {}, el("dt", {}, label), el("dd", { "data-figure": key }, value));
}

function change(before, after, unit) {
  return `${measure(before, "").trim()} → ${measure(after, unit)}`;
}

function table(name, headings, rows, all = rows.length) {
  const rest = all - Math.min(rows.length, TABLE_ROWS);
  return el("table", { class: `people-table ${name}` },
    el("thead", {}, el("tr", {}, headings.map((heading) => el("th", { scope: "col" }, heading)))),
    el("tbody", {}, rows.slice(0, TABLE_ROWS).map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell)))),
      rest > 0 ? el("tr", {}, el("td", { colspan: headings.length }, `and ${number(rest)} more`)) : null));
}
