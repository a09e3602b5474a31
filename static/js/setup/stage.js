// The map before there is a plan, and while one is being made: demand, candidates, gaps, one reach, the sites so far.
// Leaflet must be there before this module is imported (see setup.js).

import { addBasemap, fetchOutlines } from "../map/basemap.js";
import { PointCloud } from "../map/cloud.js";
import { reachRing } from "../map/geo.js";
import { diamond, disc, square } from "../map/symbols.js";
import { colourScheme, pointTiles, preparedTiles } from "../map/tilelayer.js";
import { onThemeChange, readTheme } from "../map/theme.js";
import { createScene } from "./scene.js";

const OUTLINES = { land: ["land"], states: ["us-states", "de-states"], countries: ["countries"] };
const OUTLINES_FOLDER = "/static/vendor/basemap";
const NOTHING = { size: 0, lat: new Float64Array(0), lon: new Float64Array(0) };

function looks(theme) {
  return {
    demand: { shape: disc, style: { fill: theme.demand, fillOpacity: 0.55 } },
    reached: { shape: disc, style: { fill: theme.site, fillOpacity: 0.9 } },
    candidates: { shape: square, style: { stroke: theme.unused, strokeOpacity: 0.95, width: 1.1 } },
    gaps: { shape: diamond, style: { fill: theme["gap-fill"], fillOpacity: 0.8, stroke: theme.gap, width: 1.75, apart: true } },
    sites: { shape: square, style: { fill: theme.site, stroke: theme["site-ink"], width: 1.75, apart: true } },
    ring: { color: theme.site, weight: 2, opacity: 0.95, fill: true, fillOpacity: 0.07, interactive: false },
  };
}

/** Puts a map into ``root``; returns what can be drawn on it. */
export async function createStage(root) {
  const map = L.map(root, {
    preferCanvas: true, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 110, minZoom: 1, maxZoom: 16,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.attributionControl.setPrefix("Leaflet");
  map.setView([48, 10], 4);
  let theme = readTheme();
  let look = looks(theme);
  let reference = map.getZoom();
  const basemap = addBasemap(map, await fetchOutlines(OUTLINES_FOLDER, OUTLINES), theme, { east: 180 });
  basemap.credits.forEach((credit) => map.attributionControl.addAttribution(credit));
  const renderer = L.canvas({ padding: 0.25, tolerance: 5 });
  const scene = createScene();
  const growth = (zoom) => 1.22 ** Math.max(-1, zoom - reference);
  const size = {
    demand: (i, zoom) => Math.max(0.85, 0.0062 * Math.sqrt(scene.demand.population[i])) * growth(zoom),
    candidates: (_, zoom) => Math.min(6, 2 * growth(zoom) ** 0.6),
    gaps: (_, zoom) => Math.min(8, (scene.gaps.size > 300 ? 3.2 : 5) * growth(zoom) ** 0.5),
    sites: (_, zoom) => Math.min(10, 5 * growth(zoom) ** 0.5),
  };
  const layers = {};
  const order = ["demand", "candidates", "ring", "reached", "gaps", "sites"];
  const clouds = {
    demand: (points) => [points, size.demand, { interactive: false }],
    reached: (points) => [points, size.demand, { interactive: false, shown: (i) => scene.reached.has(i) }],
    candidates: (points) => [points, size.candidates, {}],
    gaps: (points) => [points, size.gaps, {}],
    sites: (points) => [points, size.sites, { interactive: false, shown: (i) => scene.opened.has(i) }],
  };
  let tiles = null;
  const showTiles = (told) => {
    tiles?.remove();
    tiles = told && Object.assign(pointTiles(told, { scheme: colourScheme(), colour: "density" }).addTo(map), { told });
  };
  layers.ring = L.polygon([], { renderer, ...look.ring }).addTo(map);
  const draw = (key, points = NOTHING) => {
    layers[key]?.remove();
    const [of, radiusOf, more] = clouds[key](points);
    layers[key] = new PointCloud(of, { renderer, radiusOf, ...look[key], ...more }).addTo(map);
    if (key === "candidates") bindCandidates(layers[key]);
    if (key === "gaps") bindGaps(layers[key]);
    order.forEach((name) => layers[name]?.bringToFront());
  };
  const heard = { candidate: () => {}, gap: () => {}, pick: () => {} };
  const bindCandidates = (layer) => layer.on({
    mousemove: () => layer.hit >= 0 && heard.candidate(layer.hit),
    mouseout: () => heard.candidate(-1),
    click: (event) => { L.DomEvent.stopPropagation(event); if (layer.hit >= 0) heard.pick(layer.hit); },
  });
  const bindGaps = (layer) => layer.on({
    click: (event) => { L.DomEvent.stopPropagation(event); if (layer.hit >= 0) heard.gap(layer.hit); },
  });
  onThemeChange(() => {
    theme = readTheme();
    look = looks(theme);
    basemap.restyle(theme);
    if (tiles) showTiles(tiles.told);
    for (const [key, layer] of Object.entries(layers)) {
      if (layer instanceof PointCloud) layer.setLook(look[key]);
      else layer.setStyle(look[key]);
    }
  });
  map.on("click", () => heard.pick(-1));
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(root);

  return {
    scene,
    on: (name, callback) => { heard[name] = callback; },
    setDemand(points) {
      showTiles(null);
      scene.setDemand(points);
      draw("demand", scene.demand);
      draw("reached", scene.demand);
    },
    /** More points than a canvas can draw: as pictures from the service, at ``address``. */
    async setDemandTiles(address) {
      this.setDemand({ ids: [], names: [], lat: [], lon: [], population: [] });
      showTiles(await preparedTiles(address));
    },
    setCandidates(points) {
      scene.setCandidates(points);
      draw("candidates", scene.candidates);
      draw("sites", scene.candidates);
    },
    setGaps(gaps) {
      scene.setGaps(gaps);
      draw("gaps", scene.gaps);
    },
    /** ids of the sites of the best plan so far, or nothing. */
    setSites(ids) {
      scene.setSites(ids);
      layers.sites?.redraw();
    },
    /** The reach of one candidate (its position, or -1): ring and reached places; returns {places, people}. */
    showReach(candidate, reachKm) {
      const found = scene.reach(candidate, reachKm);
      const { lat, lon } = scene.candidates;
      layers.ring.setLatLngs(candidate < 0 || !(reachKm > 0) ? [] : reachRing(lat[candidate], lon[candidate], reachKm));
      layers.reached?.redraw();
      return found;
    },
    fit([west, south, east, north]) {
      map.invalidateSize({ animate: false });
      map.fitBounds([[south, west], [north, east < west ? east + 360 : east]], { animate: false, padding: [16, 16] });
      reference = map.getZoom();
      for (const layer of Object.values(layers)) if (layer instanceof PointCloud && layer._map) layer._reset();
    },
    look(lat, lon) {
      if (!map.getBounds().pad(-0.1).contains([lat, lon])) map.setView([lat, lon], Math.max(map.getZoom(), reference + 1));
    },
    pixelOf(kind, id) {
      const row = scene[kind].id.indexOf(id);
      const { x, y } = map.latLngToContainerPoint([scene[kind].lat[row], scene[kind].lon[row]]);
      const frame = root.getBoundingClientRect();
      return { x: x + frame.left, y: y + frame.top };
    },
    drawn: () => ({ tiles: tiles ? tiles.told.points : 0, ...Object.fromEntries(Object.entries(layers).filter(([, layer]) => layer instanceof PointCloud)
      .map(([key, layer]) => [key, layer.painted])) }),
  };
}
