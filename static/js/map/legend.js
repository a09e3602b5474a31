// Legend and layer switches in one: what each shape means, how many there are, and whether it is drawn.

import { el, fill } from "../dom.js";
import { limitText, number } from "../format.js";
import { looks } from "./layers.js";
import { disc, square, swatch } from "./symbols.js";

export function renderLegend(root, model, stage, theme, { publicTiles }) {
  const look = looks(theme);
  const ring = { stroke: look.reach.color, width: 1.5 };
  const rows = [
    entry("sites", "Open sites", model.sites.size, swatch(look.sites.shape, look.sites.style, 6)),
    entry("demand", "Demand, by population", model.demand.size, swatch(disc, look.demand.style, 6)),
    entry("gaps", "Coverage gaps", model.gaps.size, swatch(look.gaps.shape, look.gaps.style, 5)),
    entry("unused", "Unused candidates", model.unused.size, swatch(square, look.unused.style, 3)),
    model.reach.unit === "km" && model.sites.size > 0
      ? entry("reach", `Reach, ${limitText(model.reach.limit, "km")}`, null, swatch(disc, ring, 8)) : null,
  ];
  fill(root, rows, publicTiles ? publicTilesRow(publicTiles) : null);

  function entry(key, label, count, picture) {
    const box = el("input", { type: "checkbox", id: `layer-${key}`, onchange: (event) => stage.show(key, event.target.checked) });
    box.checked = stage.shows(key);
    return el("li", {}, box, el("label", { for: `layer-${key}` }, picture, el("span", {}, label),
      count === null ? null : el("span", { class: "count", "data-count": key }, number(count))));
  }
}

/** Off unless asked for: choosing it reloads the page under a policy that lets these pictures in. */
function publicTilesRow({ active, href }) {
  const box = el("input", { type: "checkbox", id: "layer-tiles", onchange: () => location.assign(href) });
  box.checked = active;
  return el("li", { class: "tiles" }, box, el("label", { for: "layer-tiles" },
    el("span", {}, "Street map", el("small", {}, " asks openstreetmap.org"))));
}
