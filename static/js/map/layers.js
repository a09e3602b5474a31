// Everything the plan puts on the map, one canvas, back to front.

import { reachRing } from "./geo.js";
import { PointCloud } from "./cloud.js";
import { MoveLines } from "./lines.js";
import { crossedSquare, diamond, disc, square } from "./symbols.js";

/** Symbol sizes in pixels; ``reference`` is the zoom at which the whole plan just fits. */
function sizes(model, reference, frame) {
  const shrink = Math.min(1, Math.max(0.6, Math.min(frame.x, frame.y) / 620));
  const people = 0.0062 * shrink;
  const crowd = (model.sites.size > 200 ? 4.5 : 6) * Math.sqrt(shrink);
  const growth = (zoom) => 1.22 ** Math.max(-1, zoom - reference);
  return {
    demand: (i, zoom) => Math.max(0.85 * shrink, people * Math.sqrt(model.demand.population[i])) * growth(zoom),
    moved: (i, zoom) => Math.max(1.6 * shrink, people * Math.sqrt(model.demand.population[i])) * growth(zoom),
    site: (_, zoom) => Math.min(10, crowd * growth(zoom) ** 0.5),
    unused: (_, zoom) => Math.min(5, 1.6 * shrink * growth(zoom) ** 0.6),
    gap: (_, zoom) => Math.min(8, (model.gaps.size > 300 ? 3.2 : 5) * shrink * growth(zoom) ** 0.5),
  };
}

export function looks(theme) {
  return {
    demand: { shape: disc, style: { fill: theme.demand, fillOpacity: 0.6 } },
    unused: { shape: square, style: { stroke: theme.unused, strokeOpacity: 0.8, width: 1 } },
    sites: { shape: square, style: { fill: theme.site, stroke: theme["site-ink"], width: 1.75, apart: true } },
    failed: { shape: crossedSquare, style: { fill: theme.land, stroke: theme.lost, width: 2.25, apart: true } },
    gaps: { shape: diamond, style: { fill: theme["gap-fill"], fillOpacity: 0.75, stroke: theme.gap, width: 1.75, apart: true } },
    moved: { shape: disc, style: { fill: theme.moved, fillOpacity: 0.85 } },
    reach: { color: theme.reach, weight: 1, opacity: 0.55, fill: false, interactive: false },
    focus: { color: theme.site, weight: 2, opacity: 0.95, fill: true, fillOpacity: 0.06, interactive: false },
  };
}

/** The plan's layers by key, and what each currently draws. */
export function createLayers(map, model, theme) {
  const renderer = L.canvas({ padding: 0.25, tolerance: 4 });
  const size = sizes(model, map.getZoom(), map.getSize());
  const failed = new Set();
  const moved = new Set();
  let look = looks(theme);
  const cloud = (points, key, radiusOf, more = {}) =>
    new PointCloud(points, { renderer, radiusOf, ...look[key], ...more });

  const layers = {
    reach: L.polyline(reachRings(model), { renderer, ...look.reach }),
    demand: cloud(model.demand, "demand", size.demand),
    unused: cloud(model.unused, "unused", size.unused),
    focus: L.polygon([], { renderer, ...look.focus }),
    moved: cloud(model.demand, "moved", size.moved, { interactive: false, shown: (i) => moved.has(i) }),
    lines: new MoveLines(model, { renderer, theme }),
    gaps: cloud(model.gaps, "gaps", size.gap),
    sites: cloud(model.sites, "sites", size.site, { shown: (i) => !failed.has(i) }),
    failed: cloud(model.sites, "failed", size.site, { shown: (i) => failed.has(i) }),
  };
  const order = Object.keys(layers);
  const restack = () => order.forEach((key) => map.hasLayer(layers[key]) && layers[key].bringToFront());

  const stage = {
    layers,
    show(key, visible) {
      if (visible) layers[key].addTo(map);
      else layers[key].remove();
      restack();
    },
    shows: (key) => map.hasLayer(layers[key]),
    showDrill(failedSites, drill) {
      failed.clear();
      failedSites.forEach((site) => failed.add(site));
      moved.clear();
      drill.moves.forEach((move) => moved.add(move.point));
      layers.lines.setMoves(drill.moves);
      for (const key of ["moved", "sites", "failed"]) layers[key].redraw();
    },
    focusSite(site) {
      const ring = site === null || model.reach.unit !== "km" ? [] : siteRing(model, site);
      layers.focus.setLatLngs(ring);
    },
    restyle(nextTheme) {
      look = looks(nextTheme);
      layers.lines.options.theme = nextTheme;
      for (const [key, layer] of Object.entries(layers)) {
        if (layer instanceof PointCloud) layer.setLook(look[key]);
        else if (look[key]) layer.setStyle(look[key]);
      }
      layers.lines.redraw();
    },
    drawn: () => ({
      demand: painted(map, layers.demand),
      unused: painted(map, layers.unused),
      gaps: painted(map, layers.gaps),
      sites: painted(map, layers.sites),
      failed: painted(map, layers.failed),
      moved: painted(map, layers.moved),
      lines: painted(map, layers.lines),
      lost: map.hasLayer(layers.lines) ? layers.lines.lostPainted : 0,
      reach: map.hasLayer(layers.reach) ? layers.reach.getLatLngs().length : 0,
    }),
  };
  order.filter((key) => key !== "reach").forEach((key) => stage.show(key, true));
  return stage;
}

function painted(map, layer) {
  return map.hasLayer(layer) ? layer.painted : 0;
}

function siteRing(model, site) {
  return reachRing(model.sites.lat[site], model.sites.lon[site], model.reach.limit);
}

function reachRings(model) {
  if (model.reach.unit !== "km") return [];
  return Array.from({ length: model.sites.size }, (_, site) => siteRing(model, site));
}
