// The panel beside the map: the drill's answer and the open sites as a list of buttons.

import { el, fill, userText } from "../dom.js";
import { counted, limitText, measure, number, people, percent } from "../format.js";

const MAX_RECEIVING = 12;

export function createPanel(root, model, store, stage) {
  const parts = Object.fromEntries(["headline", "drill-head", "drill", "site-filter", "site-list", "site-count"].map((name) =>
    [name, root.querySelector(`#${name}`)]));
  const buttons = siteButtons(model, store, stage);
  fill(parts["site-list"], buttons.map(({ item }) => item));
  parts["site-filter"].addEventListener("input", () => filterSites(parts, buttons));
  parts["site-filter"].closest(".filter").hidden = model.sites.size <= 12;
  root.querySelector("#sites").hidden = model.sites.size === 0;
  parts["site-count"].textContent = number(model.sites.size);
  fill(parts.headline, headline(model));

  const refresh = () => {
    const view = store.view();
    buttons.forEach(({ site, button, note }) => {
      const down = view.failed.has(site);
      button.setAttribute("aria-pressed", String(down));
      note.textContent = down ? "failed" : loadText(model, site);
    });
    fill(parts["drill-head"], view.failed.size === 0 ? invitation(model) : drillHead(model, store, view));
    fill(parts.drill, view.failed.size === 0 ? null : drillReport(model, view));
  };
  store.onChange(refresh);
  refresh();
}

function headline(model) {
  const { plan, reach } = model;
  const limit = limitText(reach.limit, reach.unit);
  if (model.sites.size === 0) {
    return model.gaps.size === 0 ? "No plan to draw"
      : `${counted(model.gaps.size, "place has", "places have")} too few candidates within ${limit}`;
  }
  const failures = plan.survive === 0 ? "no failure to survive"
    : plan.survive === 1 ? "any one may fail" : `any ${plan.survive} may fail`;
  return `${counted(model.sites.size, "open site", "open sites")} within ${limit}, ${failures}`;
}

function siteButtons(model, store, stage) {
  const bySize = Array.from({ length: model.sites.size }, (_, i) => i)
    .sort((a, b) => model.load.population[b] - model.load.population[a] || a - b);
  return bySize.map((site) => {
    const note = el("span", { class: "note" });
    const button = el("button", {
      type: "button", class: "site", "data-site": model.sites.id[site],
      onclick: () => store.toggle(site),
      onfocus: () => stage.focusSite(site), onblur: () => stage.focusSite(null),
      onmouseenter: () => stage.focusSite(site), onmouseleave: () => stage.focusSite(null),
    }, el("span", { class: "name" }, userText(model.sites.name[site] || model.sites.id[site])), note);
    return { site, button, note, item: el("li", {}, button) };
  });
}

function loadText(model, site) {
  return `${people(model.load.population[site])} people`;
}

function filterSites(parts, buttons) {
  const wanted = parts["site-filter"].value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const { button, item } of buttons) {
    item.hidden = wanted !== "" && !button.querySelector(".name").textContent.toLocaleLowerCase().includes(wanted);
    shown += item.hidden ? 0 : 1;
  }
  parts["site-count"].textContent = shown === buttons.length ? number(shown) : `${number(shown)} of ${number(buttons.length)}`;
}

function invitation(model) {
  if (model.sites.size === 0) return null;
  return el("p", { class: "hint" }, "Click a site, here or on the map, to see what happens when it fails.");
}

/** Stays in sight while the list scrolls: who failed, and whether anybody is lost. */
function drillHead(model, store, { failed, drill }) {
  const names = [...failed].map((site) => model.sites.name[site] || model.sites.id[site]);
  return [
    el("div", { class: "failing" },
      el("p", { class: "failed-names" }, names.flatMap((name, i) => [i ? ", " : "", userText(name, "strong")]),
        failed.size === 1 ? " fails" : " fail"),
      el("button", { type: "button", class: "restore", onclick: () => store.clear() }, "Restore ", el("kbd", {}, "Esc"))),
    drill.pointsLost > 0
      ? el("p", { class: "lost" }, `${counted(drill.pointsLost, "place", "places")} with ${
        people(drill.populationLost)} people ${drill.pointsLost === 1 ? "has" : "have"} no open site left in reach.`)
      : el("p", { class: "kept" }, `Nobody leaves the ${limitText(model.reach.limit, model.reach.unit)} reach.`),
  ];
}

function drillReport(model, { drill, receiving }) {
  const unit = model.reach.unit;
  const share = model.totalPopulation > 0 ? ` (${percent(drill.populationMoved / model.totalPopulation)})` : "";
  return [
    el("dl", { class: "figures" },
      figure("People who move", people(drill.populationMoved) + share, "moved-people"),
      figure("Places that move", number(drill.pointsMoved), "moved-places"),
      figure("Their worst distance", change(drill.movedWorstBefore, drill.movedWorstAfter, unit), "moved-worst"),
      figure("Worst in the plan", change(drill.worstBefore, drill.worstAfter, unit), "worst")),
    receiving.length ? receivingTable(model, receiving) : null,
  ];
}

function figure(label, value, key) {
  return el("div", {}, el("dt", {}, label), el("dd", { "data-figure": key }, value));
}

function change(before, after, unit) {
  return `${measure(before, "").trim()} → ${measure(after, unit)}`;
}

function receivingTable(model, receiving) {
  const rest = receiving.length - MAX_RECEIVING;
  return el("table", { class: "receiving" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Taken over by"), el("th", { scope: "col" }, "People"),
      el("th", { scope: "col" }, "Worst"))),
    el("tbody", {}, receiving.slice(0, MAX_RECEIVING).map((row) => el("tr", {},
      el("td", {}, userText(model.sites.name[row.site] || model.sites.id[row.site])),
      el("td", {}, people(row.population)),
      el("td", {}, measure(row.worst, model.reach.unit)))),
    rest > 0 ? el("tr", {}, el("td", { colspan: 3 }, `and ${rest} more`)) : null));
}
