// Land, countries and states from our own server (or from the file itself): nothing leaves the machine.

import { Outlines } from "./outlines.js";

const LAYERS = {
  land: (theme) => ({ fill: theme.land, rule: "evenodd", stroke: theme.coast, width: 0.9 }),
  states: (theme) => ({ stroke: theme.border, width: 0.8, strokeOpacity: 0.75 }),
  countries: (theme) => ({ stroke: theme.border, width: 1.5 }),
};

/** Adds the outlines below everything else; returns {restyle(theme), features, credits}. */
export function addBasemap(map, outlines, theme, bounds) {
  const pane = map.createPane("basemap");
  pane.style.zIndex = 150;
  pane.style.pointerEvents = "none";
  const renderer = L.canvas({ pane: "basemap", padding: 0.25 });
  const shifts = bounds.east > 180 ? [0, 360] : [0];
  const keys = Object.keys(LAYERS).filter((key) => outlines[key]);
  const layers = keys.map((key) =>
    new Outlines(outlines[key], { renderer, pane: "basemap", shifts, style: LAYERS[key](theme) }).addTo(map));
  return {
    features: keys.flatMap((key) => outlines[key]).reduce((sum, collection) => sum + collection.features.length, 0),
    credits: [...new Set(keys.flatMap((key) => outlines[key]).map((collection) => collection.source))],
    restyle: (nextTheme) => layers.forEach((layer, i) => layer.setLook(LAYERS[keys[i]](nextTheme))),
  };
}

/** The outlines a plan's map needs, from /static/vendor/basemap: {land, countries, states}: lists of GeoJSON. */
export async function fetchOutlines(baseUrl, names) {
  const load = async (name) => {
    const response = await fetch(`${baseUrl}/${name}.geojson`);
    if (!response.ok) throw new Error(`the outline ${name} cannot be read (${response.status})`);
    return response.json();
  };
  const entries = await Promise.all(
    Object.entries(names).map(async ([key, files]) => [key, await Promise.all(files.map(load))]));
  return Object.fromEntries(entries);
}
