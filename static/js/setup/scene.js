// What the set-up map knows: the chosen points, and whom one candidate reaches.

import { greatCircleKm } from "../map/geo.js";

const KM_PER_DEGREE = 111.19;

export function createScene() {
  const empty = () => ({ size: 0, id: [], name: [], lat: new Float64Array(0), lon: new Float64Array(0), population: [] });
  const scene = {
    demand: empty(),
    candidates: empty(),
    gaps: empty(),
    reached: new Set(),
    opened: new Set(),
    setDemand: (points) => { scene.demand = columns(points); scene.reached.clear(); },
    setCandidates: (points) => {
      scene.candidates = columns(points);
      scene.rowOf = new Map(scene.candidates.id.map((id, row) => [id, row]));
      scene.opened.clear();
    },
    setGaps: (gaps) => {
      scene.gaps = columns({
        ids: gaps.map((gap) => gap.id), names: gaps.map((gap) => gap.name), population: gaps.map((gap) => gap.population),
        lat: gaps.map((gap) => gap.lat), lon: gaps.map((gap) => gap.lon),
      });
    },
    setSites: (ids) => {
      scene.opened = new Set((ids ?? []).map((id) => scene.rowOf?.get(id)).filter((row) => row !== undefined));
    },
    reach: (candidate, reachKm) => {
      scene.reached = candidate < 0 ? new Set() : within(scene.demand, scene.candidates, candidate, reachKm);
      let people = 0;
      for (const i of scene.reached) people += scene.demand.population[i];
      return { places: scene.reached.size, people };
    },
  };
  return scene;
}

function columns(points) {
  return {
    size: points.ids.length,
    id: points.ids,
    name: points.names,
    lat: Float64Array.from(points.lat),
    lon: Float64Array.from(points.lon),
    population: points.population ?? [],
    status: points.status ?? [],
  };
}

/** Positions of the demand points within ``reachKm`` of one candidate. */
export function within(demand, candidates, candidate, reachKm) {
  const lat = candidates.lat[candidate];
  const lon = candidates.lon[candidate];
  const band = reachKm / KM_PER_DEGREE + 0.01;
  const found = new Set();
  for (let i = 0; i < demand.size; i += 1) {
    if (Math.abs(demand.lat[i] - lat) > band) continue;
    if (greatCircleKm(lat, lon, demand.lat[i], demand.lon[i]) <= reachKm) found.add(i);
  }
  return found;
}
