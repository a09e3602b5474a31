// The open sites as buttons: what a click on the map does, for the keyboard.

import { el, fill, userText } from "../dom.js";
import { number, people } from "../format.js";
import { nameOf } from "./model.js";

export function createSiteList(root, model, store, stage) {
  const part = (id) => root.querySelector(`#${id}`);
  const buttons = siteButtons(model, store, stage);
  fill(part("site-list"), buttons.map(({ item }) => item));
  part("site-filter").addEventListener("input", () => filterSites(part, buttons));
  part("site-filter").closest(".filter").hidden = model.sites.size <= 12;
  part("sites").hidden = model.sites.size === 0;
  part("site-count").textContent = number(model.sites.size);
  const refresh = () => {
    const { failed } = store.view();
    buttons.forEach(({ site, button, note }) => {
      const down = failed.has(site);
      button.setAttribute("aria-pressed", String(down));
      note.textContent = down ? "failed" : `${people(model.sites.population[site])} people`;
    });
  };
  store.onChange(refresh);
  refresh();
}

function siteButtons(model, store, stage) {
  const { population } = model.sites;
  const bySize = Array.from({ length: model.sites.size }, (_, i) => i).sort((a, b) => population[b] - population[a] || a - b);
  return bySize.map((site) => {
    const note = el("span", { class: "note" });
    const kept = model.sites.status[site] === "required" ? el("span", { class: "tag" }, "required") : null;
    const button = el("button", {
      type: "button", class: "site", "data-site": model.sites.id[site],
      onclick: () => store.toggle(site),
      onfocus: () => stage.focusCandidate(site), onblur: () => stage.focusCandidate(null),
      onmouseenter: () => stage.focusCandidate(site), onmouseleave: () => stage.focusCandidate(null),
    }, el("span", { class: "name" }, userText(nameOf(model.sites, site))), kept, note);
    return { site, button, note, item: el("li", {}, button) };
  });
}

function filterSites(part, buttons) {
  const wanted = part("site-filter").value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const { button, item } of buttons) {
    item.hidden = wanted !== "" && !button.querySelector(".name").textContent.toLocaleLowerCase().includes(wanted);
    shown += item.hidden ? 0 : 1;
  }
  part("site-count").textContent = shown === buttons.length ? number(shown) : `${number(shown)} of ${number(buttons.length)}`;
}
