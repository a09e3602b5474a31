// Everything the plan puts on the map, one canvas, back to front.

import { BANDS, bandOf, NO_SITE } from "./bands.js";
import { PointCloud } from "./cloud.js";
import { reachRing } from "./geo.js";
import { MoveLines } from "./lines.js";
import { crossedSquare, diamond, disc, house, ring, ringSlash, ringTick, square, triangle } from "./symbols.js";
import { Outlines } from "./outlines.js";

/** Symbol sizes in pixels; ``reference`` is the zoom at which the whole plan just fits. */
function sizes(model, reference, frame) {
  const shrink = Math.min(1, Math.max(0.6, Math.min(frame.x, frame.y) / 620));
  const people = 0.0062 * shrink;
  const crowd = (model.sites.size > 200 ? 4.5 : 6) * Math.sqrt(shrink);
  const growth = (zoom) => 1.22 ** Math.max(-1, zoom - reference);
  const place = (population, least, zoom) => Math.max(least * shrink, people * Math.sqrt(population)) * growth(zoom);
  const site = (zoom) => Math.min(10, crowd * growth(zoom) ** 0.5);
  const lacking = (many) => (_, zoom) => Math.min(8, (many > 300 ? 3.2 : 5) * shrink * growth(zoom) ** 0.5);
  return {
    demand: (population, zoom) => place(population, 0.85, zoom),
    moved: (population, zoom) => Math.min(model.tiled ? 4 : 24, place(population, 2.2, zoom)),
    site: (_, zoom) => site(zoom),
    failed: (_, zoom) => site(zoom) + 1.5,
    mark: (_, zoom) => site(zoom) + 4,
    unused: (_, zoom) => Math.min(5, 1.6 * shrink * growth(zoom) ** 0.6),
    gap: lacking(model.gaps.size),
    unprotected: lacking(model.unprotected.size),
  };
}

export function looks(theme) {
  const bands = Array.from({ length: BANDS }, (_, band) => ({ fill: theme[`band-${band}`], fillOpacity: 0.85 }));
  bands[NO_SITE] = { fill: theme.lost, fillOpacity: 0.9 };
  const site = { fill: theme.site, stroke: theme["site-ink"], width: 1.75, apart: true };
  return {
    demand: { shape: disc, style: { fill: theme.demand, fillOpacity: 0.6 } },
    bands,
    unused: { shape: square, style: { stroke: theme.unused, strokeOpacity: 0.8, width: 1 } },
    sites: { shape: square, style: site, styles: [site, { ...site, shape: house }] },
    failed: { shape: crossedSquare, style: { fill: theme.land, stroke: theme.label, width: 2.25, apart: true } },
    gaps: { shape: diamond, style: { fill: theme["gap-fill"], fillOpacity: 0.75, stroke: theme.gap, width: 1.75, apart: true } },
    unprotected: { shape: triangle, style: { fill: theme["gap-fill"], fillOpacity: 0.75, stroke: theme.gap, width: 1.5, apart: true } },
    moved: { shape: disc, style: { fill: theme.moved, fillOpacity: 0.85 } },
    movedBands: bands.map((style) => ({ ...style, fillOpacity: 1 })),
    marks: {
      shape: ringTick,
      styles: [
        { shape: ringTick, stroke: theme.required, width: 2.5, apart: true },
        { shape: ringSlash, stroke: theme.forbidden, width: 2.5, apart: true },
      ],
    },
    ringed: { shape: ring, style: { stroke: theme.moved, width: 2.5, apart: true } },
    reach: { stroke: theme.reach, width: 1, strokeOpacity: 0.55 },
    focus: { color: theme.site, weight: 2, opacity: 0.95, fill: true, fillOpacity: 0.06, interactive: false },
  };
}

/** The plan's layers by key, and what each currently draws.  tiles: the demand as a tile layer, or null. */
export function createLayers(map, model, theme, marks, tiles) {
  const renderer = L.canvas({ padding: 0.25, tolerance: 4 });
  const size = sizes(model, map.getZoom(), map.getSize());
  const failed = new Set();
  const highlighted = new Set();
  let moveOf = new Map();
  let colour = "band";
  let look = looks(theme);
  const distanceNow = (point) => {
    const move = moveOf.get(point);
    return move ? move.toDistance : model.demand.distance[0]?.[point] ?? null;
  };
  const colours = () => (colour === "band" && model.sites.size > 0
    ? { demand: { styles: look.bands }, moved: { styles: look.movedBands } } : { demand: { styles: null }, moved: { styles: null } });
  const peopled = (key) => (i, zoom) => size[key](layers[key].points.population[i], zoom);
  const cloud = (points, key, radiusOf, more = {}) =>
    new PointCloud(points, { renderer, radiusOf, ...look[key], ...more });
  const nobody = { size: 0, lat: [], lon: [], population: [] };

  const layers = {
    reach: new Outlines([reachRings(model)], { renderer, style: look.reach }),
    demand: tiles ?? cloud(model.demand, "demand", peopled("demand"),
      { ...colours().demand, classOf: (i) => bandOf(model, distanceNow(i)) }),
    unused: cloud(model.unused, "unused", size.unused),
    focus: L.polygon([], { renderer, ...look.focus }),
    moved: cloud(nobody, "moved", peopled("moved"),
      { interactive: false, ...colours().moved, classOf: (i) => bandOf(model, layers.moved.points.distance[i]) }),
    gaps: cloud(model.gaps, "gaps", size.gap),
    unprotected: cloud(model.unprotected, "unprotected", size.unprotected),
    lines: new MoveLines(model, { renderer, theme }),
    sites: cloud(model.sites, "sites", size.site,
      { shown: (i) => !failed.has(i), classOf: (i) => (model.sites.status[i] === "required" ? 1 : 0) }),
    failed: cloud(model.sites, "failed", size.failed, { shown: (i) => failed.has(i) }),
    ringed: cloud(model.candidates, "ringed", size.mark, { interactive: false, shown: (i) => highlighted.has(i) }),
    marks: cloud(model.candidates, "marks", size.mark, {
      interactive: false, shown: (i) => marks.statusOf(i) !== model.candidates.status[i] && marks.statusOf(i) !== "candidate",
      classOf: (i) => (marks.statusOf(i) === "required" ? 0 : 1),
    }),
  };
  const order = Object.keys(layers);
  const restack = () => order.forEach((key) => map.hasLayer(layers[key]) && layers[key].bringToFront());
  const recolour = () => {
    layers.moved.setLook(colours().moved);
    if (tiles) tiles.setColour(colour === "band" && model.sites.size > 0 ? "band" : "state");
    else layers.demand.setLook(colours().demand);
  };

  const stage = {
    layers,
    distanceNow,
    show(key, visible) {
      if (visible) layers[key].addTo(map);
      else layers[key].remove();
      restack();
    },
    shows: (key) => map.hasLayer(layers[key]),
    get colour() { return colour; },
    /** What the demand's colour tells: "band", or "plain" for nothing. */
    setColour(next) {
      colour = next;
      recolour();
    },
    showDrill(failedSites, drill) {
      failed.clear();
      failedSites.forEach((site) => failed.add(site));
      moveOf = drill.points === model.demand ? new Map(drill.moves.map((move) => [move.point, move])) : new Map();
      layers.moved.setPoints(movedPoints(drill));
      layers.lines.setDrill(drill);
      for (const key of tiles ? ["sites", "failed"] : ["demand", "sites", "failed"]) layers[key].redraw();
    },
    highlight(rows) {
      highlighted.clear();
      rows.forEach((row) => highlighted.add(row));
      layers.ringed.redraw();
    },
    showMarks: () => layers.marks.redraw(),
    /** The reach of one candidate (a row of model.candidates), or of none. */
    focusCandidate(row) {
      layers.focus.setLatLngs(row === null || model.reach.unit !== "km" ? [] : ringOf(model.candidates, row));
    },
    restyle(nextTheme) {
      look = looks(nextTheme);
      layers.lines.options.theme = nextTheme;
      for (const [key, layer] of Object.entries(layers)) {
        if (layer instanceof PointCloud) layer.setLook(look[key]);
      }
      layers.reach.setLook(look.reach);
      layers.focus.setStyle(look.focus);
      tiles?.setScheme();
      recolour();
      layers.lines.redraw();
    },
    drawn: () => ({
      ...Object.fromEntries(order.map((key) => [key, map.hasLayer(layers[key]) ? layers[key].painted ?? 0 : 0])),
      lost: map.hasLayer(layers.lines) ? layers.lines.lostPainted : 0,
      reach: map.hasLayer(layers.reach) && model.reach.unit === "km" ? model.sites.size : 0,
    }),
  };
  order.filter((key) => key !== "reach").forEach((key) => stage.show(key, true));
  return stage;
}

function movedPoints({ points, moves }) {
  const of = (column) => moves.map((move) => column[move.point]);
  return {
    size: moves.length, population: of(points.population), distance: moves.map((move) => move.toDistance),
    lat: moves.length ? of(points.lat) : [], lon: moves.length ? of(points.lon) : [],
  };
}

function ringOf(points, row) {
  return reachRing(points.lat[row], points.lon[row], points.reach[row]);
}

/** As GeoJSON, which is what outlines are made of. */
function reachRings(model) {
  const rings = model.reach.unit === "km" ? Array.from({ length: model.sites.size }, (_, site) => ringOf(model.sites, site)) : [];
  return {
    type: "FeatureCollection",
    features: rings.map((ring) => ({
      type: "Feature", geometry: { type: "LineString", coordinates: ring.map(([lat, lon]) => [lon, lat]) },
    })),
  };
}
