// Legend and layer switches in one: what each shape and colour means, how many there are, and whether it is drawn.

import { el, fill } from "../dom.js";
import { limitText, number, people } from "../format.js";
import { BANDS, bandText, NO_SITE, peopleByBand } from "./bands.js";
import { looks } from "./layers.js";
import { disc, diamond, house, ringSlash, ringTick, square, swatch, triangle } from "./symbols.js";

export function renderLegend(root, model, stage, theme, { publicTiles }) {
  const look = looks(theme);
  const open = document.activeElement?.id;
  const kept = model.sites.status.filter((status) => status === "required").length;
  const changed = document.body.dataset.plan !== undefined;
  fill(root,
    entry("sites", "Open sites", model.sites.size, swatch(square, look.sites.style, 6)),
    kept ? note("of these required, or there already", kept, swatch(house, look.sites.style, 6)) : null,
    entry("demand", "Demand, by population", model.demandSize, swatch(disc, look.demand.style, 6)),
    model.sites.size > 0 ? bands() : null,
    model.gaps.size > 0 ? entry("gaps", "Coverage gaps", model.gaps.size, swatch(diamond, look.gaps.style, 5)) : null,
    model.unprotected.size > 0
      ? entry("unprotected", "Left unprotected", model.unprotected.size, swatch(triangle, look.unprotected.style, 5)) : null,
    entry("unused", "Unused candidates", model.unused.size, swatch(square, look.unused.style, 3)),
    model.reach.unit === "km" && model.sites.size > 0
      ? entry("reach", `Reach, ${reachText()}`, null, swatch(disc, { ...look.reach, width: 1.5 }, 8)) : null,
    changed ? note("Marked: required, forbidden", null, swatch(ringTick, look.marks.styles[0], 5), swatch(ringSlash, look.marks.styles[1], 6)) : null,
    publicTiles ? publicTilesRow(publicTiles) : null);
  if (open) document.getElementById(open)?.focus({ preventScroll: true });

  function entry(key, label, count, picture) {
    const box = el("input", { type: "checkbox", id: `layer-${key}`, onchange: (event) => stage.show(key, event.target.checked) });
    box.checked = stage.shows(key);
    return el("li", {}, box, el("label", { for: `layer-${key}` }, picture, el("span", {}, label), counter(key, count)));
  }

  function note(label, count, ...pictures) {
    return el("li", { class: "note-row" }, pictures, el("span", {}, label), counter(null, count));
  }

  /** Where people are served from, with how many they are: the colours in numbers. */
  function bands() {
    const box = el("input", { type: "checkbox", id: "colour-bands", onchange: (event) => {
      stage.setColour(event.target.checked ? "band" : "plain");
      renderLegend(root, model, stage, theme, { publicTiles });
    } });
    box.checked = stage.colour === "band";
    const counts = model.tiled ? null : peopleByBand(model, stage.distanceNow);
    const rows = Array.from({ length: BANDS + 1 }, (_, band) => band)
      .filter((band) => band !== NO_SITE || (counts ? counts[NO_SITE] > 0 : true));
    return el("li", { class: "bands" }, box, el("label", { for: "colour-bands" }, "Coloured by distance to the serving site"),
      box.checked ? el("ul", {}, rows.map((band) => el("li", { "data-band": band }, swatch(disc, look.bands[band], 6, 18),
        el("span", {}, bandText(model, band)), counts ? el("span", { class: "count" }, people(counts[band])) : null))) : null);
  }

  function reachText() {
    const own = model.sites.reach;
    const [least, most] = own.reduce(([low, high], km) => [Math.min(low, km), Math.max(high, km)], [Infinity, -Infinity]);
    return least === most ? limitText(most, "km") : `${limitText(least, "").trim()}–${limitText(most, "km")}`;
  }
}

function counter(key, count) {
  return count === null ? null : el("span", { class: "count", "data-count": key }, number(count));
}

/** Off unless asked for: choosing it reloads the page under a policy that lets these pictures in. */
function publicTilesRow({ active, href }) {
  const box = el("input", { type: "checkbox", id: "layer-tiles", onchange: () => location.assign(href) });
  box.checked = active;
  return el("li", { class: "tiles" }, box, el("label", { for: "layer-tiles" },
    el("span", {}, "Street map", el("small", {}, " asks openstreetmap.org"))));
}
