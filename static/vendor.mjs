// Fills static/vendor/ from node_modules and data/basemap: two browser libraries and a plain GeoJSON base map.
// Run by `make install`.  Nothing it writes is committed, and the running service fetches nothing from outside.

import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { feature, mesh } from "topojson-client";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const target = join(root, "static", "vendor");
const draft = `${target}.draft`;

const copies = [
  ["leaflet/dist/leaflet.js", "leaflet/leaflet.js"],
  ["leaflet/dist/leaflet.css", "leaflet/leaflet.css"],
  ["leaflet/dist/images", "leaflet/images"],
  ["leaflet/LICENSE", "leaflet/LICENSE"],
  ["uplot/dist/uPlot.iife.min.js", "uplot/uPlot.iife.min.js"],
  ["uplot/dist/uPlot.esm.js", "uplot/uPlot.esm.js"],
  ["uplot/dist/uPlot.min.css", "uplot/uPlot.min.css"],
  ["uplot/LICENSE", "uplot/LICENSE"],
];

const naturalEarth = "Natural Earth";
const census = "US Census Bureau";

// 0.01 degrees is at most 1.1 km, finer than a 1:50 million outline; state lines keep 0.001 degrees.
const worldDecimals = 2;
const stateDecimals = 3;

const readTopology = (path) => JSON.parse(readFileSync(join(modules, path), "utf8"));

function rounded(line, decimals) {
  const points = line.map((point) => point.map((degrees) => Number(degrees.toFixed(decimals))));
  return points.filter(([x, y], i) => i === 0 || x !== points[i - 1][0] || y !== points[i - 1][1]);
}

function landFeatures(world) {
  const { geometry } = feature(world, world.objects.land).features[0];
  return geometry.coordinates.flatMap((polygon) => {
    const coordinates = polygon.map((ring) => rounded(ring, worldDecimals)).filter((ring) => ring.length > 3);
    if (coordinates.length === 0) return [];
    return { type: "Feature", properties: { kind: "land" }, geometry: { type: "Polygon", coordinates } };
  });
}

function lineFeatures(kind, lines, decimals) {
  const coordinates = lines.coordinates.map((line) => rounded(line, decimals)).filter((line) => line.length > 1);
  return [{ type: "Feature", properties: { kind }, geometry: { type: "MultiLineString", coordinates } }];
}

function writeLayer(file, source, features) {
  writeFileSync(join(draft, "basemap", file), JSON.stringify({ type: "FeatureCollection", source, features }));
}

function writeBasemap() {
  mkdirSync(join(draft, "basemap"), { recursive: true });
  const world = readTopology("world-atlas/countries-50m.json");
  const states = readTopology("us-atlas/states-10m.json");
  const sharedBorders = mesh(world, world.objects.countries, (a, b) => a !== b);
  writeLayer("land.geojson", naturalEarth, landFeatures(world));
  writeLayer("countries.geojson", naturalEarth, lineFeatures("border", sharedBorders, worldDecimals));
  writeLayer("us-states.geojson", census, lineFeatures("state", mesh(states, states.objects.states), stateDecimals));
  cpSync(join(root, "data", "basemap", "de-states.geojson"), join(draft, "basemap", "de-states.geojson"));
}

rmSync(draft, { recursive: true, force: true });
for (const [from, to] of copies) cpSync(join(modules, from), join(draft, to), { recursive: true });
writeBasemap();
rmSync(target, { recursive: true, force: true });
renameSync(draft, target);
