// What the shapes on the set-up map mean.

import { el } from "../dom.js";
import { diamond, disc, square, swatch } from "../map/symbols.js";
import { readTheme } from "../map/theme.js";

/** Entries of the legend: {gaps, sites}: whether there are any to explain. */
export function stageLegend({ gaps = false, sites = false }) {
  const theme = readTheme();
  const entries = [
    [swatch(disc, { fill: theme.demand, fillOpacity: 0.6 }, 5, 18), "Demand, by population"],
    [swatch(square, { stroke: theme.unused, width: 1.25 }, 4, 18), "Candidate site"],
    gaps ? [swatch(diamond, { fill: theme["gap-fill"], stroke: theme.gap, width: 1.75 }, 4.5, 18), "Too few candidates in reach"] : null,
    sites ? [swatch(square, { fill: theme.site, stroke: theme["site-ink"], width: 1.5 }, 5, 18), "Open in the best plan so far"] : null,
  ];
  return entries.filter(Boolean).map(([picture, text]) => el("li", {}, picture, text));
}
