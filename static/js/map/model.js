// The map document (app/map/document.py) as the drawing code wants it: typed arrays, totals, look-ups.

const NONE = -1;

export function createModel(document) {
  const [west, south, east, north] = document.bounds;
  // A plan across the antimeridian has east > 180: what lies beyond is drawn 360 degrees further on.
  const continuous = (lon) => (east > 180 && lon < west - 1e-6 ? lon + 360 : lon);
  const points = (table) => ({
    ...table,
    size: table.id.length,
    lat: Float64Array.from(table.lat),
    lon: Float64Array.from(table.lon, continuous),
  });
  const model = {
    title: document.title,
    credits: document.credits,
    plan: document.plan,
    reach: document.reach,
    bounds: { west, south, east, north },
    demand: points(document.demand),
    sites: points(document.sites),
    unused: points(document.unused),
    gaps: points(document.gaps),
    links: document.links,
    columns: document.demand.servers.length,
  };
  model.totalPopulation = sum(model.demand.population);
  model.gapPopulation = sum(model.gaps.population);
  model.load = siteLoads(model);
  model.gapByPointId = new Map(model.gaps.id.map((id, row) => [id, row]));
  model.pointOfGap = new Int32Array(model.gaps.size);
  model.demand.id.forEach((id, point) => {
    const gap = model.gapByPointId.get(id);
    if (gap !== undefined) model.pointOfGap[gap] = point;
  });
  return model;
}

/** Position of the site serving ``point`` in ``column`` (0 primary, 1 backup, …), or -1. */
export function serverOf(model, point, column) {
  const servers = model.demand.servers[column];
  return servers ? servers[point] : NONE;
}

export function rttMs(model, distance) {
  return model.reach.unit === "km" ? distance * model.reach.rtt_ms_per_km : distance;
}

/** Who each site serves while nothing fails: people and places. */
function siteLoads(model) {
  const population = new Float64Array(model.sites.size);
  const places = new Uint32Array(model.sites.size);
  const primary = model.demand.servers[0] ?? [];
  for (let point = 0; point < primary.length; point += 1) {
    const site = primary[point];
    if (site === NONE) continue;
    population[site] += model.demand.population[point];
    places[site] += 1;
  }
  return { population, places };
}

function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
