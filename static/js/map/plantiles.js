// A plan's demand as tiles, coloured by latency band or by state.

import { fill } from "../dom.js";
import { colourScheme, pointTiles, preparedTiles } from "./tilelayer.js";

/** The tile layer of a plan, asked for until it is prepared: setColour(colour), setScheme(). */
export async function planTiles(map, planId) {
  const told = await preparedTiles(`/api/v1/plans/${encodeURIComponent(planId)}/tiles.json`, () =>
    fill(document.getElementById("headline"), "Preparing the map of a large plan…"));
  const layer = pointTiles(told, { scheme: colourScheme(), colour: "band" });
  layer.painted = 0;
  layer.on("tileload", () => { layer.painted += 1; });
  const change = (options) => {
    if (Object.entries(options).every(([name, value]) => layer.options[name] === value)) return;
    Object.assign(layer.options, options);
    layer.redraw();
  };
  layer.setColour = (colour) => change({ colour });
  layer.setScheme = () => change({ scheme: colourScheme() });
  return layer;
}
