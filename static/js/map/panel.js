// The panel beside the map: what fails, what is to change, and the open sites as a list of buttons.

import { el, fill, userText } from "../dom.js";
import { counted, limitText, number, people } from "../format.js";
import { createChanges } from "./changes.js";
import { createDrillView } from "./drillview.js";
import { createGroups } from "./groups.js";
import { createPlay } from "./play.js";
import { createSiteList } from "./sitelist.js";

const TABS = [["fail", "Fail it"], ["change", "Change it"]];

/** ranking() → rows of failureRanking(), perhaps promised; returns {get mode()}. */
export function createPanel(root, { model, store, stage, marks, ranking, planId, messages }) {
  const part = (id) => root.querySelector(`#${id}`);
  fill(part("headline"), headline(model));
  if (!model.tiled && model.demand.size < model.demandSize) part("headline").after(el("p", { class: "partial" },
    `This file holds the ${number(model.demand.size)} largest of ${number(model.demandSize)} places; a failure counts these only.`));
  const tabs = createTabs(root, planId !== null, model.sites.size > 0);
  createDrillView(part("drill-head"), part("drill"), model, store);
  if (model.sites.size > 0) {
    createPlay(part("play"), { model, store, stage, ranking });
    createGroups(part("groups"), model, store);
  }
  createSiteList(root, model, store, stage);
  if (planId !== null) createChanges(part("changes"), part("candidates"), { model, marks, stage, planId, messages });
  return tabs;
}

function headline(model) {
  const { plan, reach } = model;
  const limit = limitText(reach.limit, reach.unit);
  if (model.sites.size === 0) {
    return model.gaps.size === 0 ? "No plan to draw"
      : `${counted(model.gaps.size, "place cannot", "places cannot")} be protected within ${limit}`;
  }
  const failures = plan.survive === 0 ? "no failure to survive"
    : plan.survive === 1 ? "any one may fail" : `any ${plan.survive} may fail`;
  const groups = model.sharedRisk.map((column) => [", or all of one ", userText(column)]);
  const left = model.unprotected.size === 0 ? "" : `; ${people(sum(model.unprotected.population))} people are left unprotected`;
  return [`${counted(model.sites.size, "open site", "open sites")} within ${limit}, ${failures}`, groups, left];
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** What a click on the map means is what the open tab says. */
function createTabs(root, changeable, failable) {
  let mode = failable || !changeable ? "fail" : "change";
  const bar = root.querySelector("#tabs");
  bar.hidden = !changeable || !failable;
  const buttons = TABS.map(([key, label]) => el("button", {
    type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}`, onclick: () => choose(key), onkeydown: arrows,
  }, label));
  fill(bar, buttons);

  function choose(key, focus = false) {
    mode = key;
    TABS.forEach(([other], i) => {
      const chosen = other === key;
      buttons[i].setAttribute("aria-selected", String(chosen));
      buttons[i].tabIndex = chosen ? 0 : -1;
      root.querySelector(`#panel-${other}`).hidden = !chosen;
      if (chosen && focus) buttons[i].focus();
    });
  }

  function arrows(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = TABS.findIndex(([key]) => key === mode);
    choose(TABS[(at + step + TABS.length) % TABS.length][0], true);
  }

  choose(mode);
  return { get mode() { return mode; }, choose };
}
