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
    tiled: document.tiled,
    demand: points(document.demand),
    demandSize: document.demand.size,
    totalPopulation: document.demand.total_population,
    sites: points(document.sites),
    unused: points(document.unused),
    gaps: points(document.gaps),
    links: document.links,
    sharedRisk: document.shared_risk,
    columns: document.plan.survive + 1,
    continuous,
  };
  model.candidates = joined(model.sites, model.unused);
  model.candidateById = new Map(model.candidates.id.map((id, row) => [id, row]));
  model.gapByPointId = new Map(model.gaps.id.map((id, row) => [id, row]));
  model.pointById = new Map(model.demand.id.map((id, row) => [id, row]));
  model.pointOfGap = Int32Array.from(model.gaps.id, (id) => model.pointById.get(id) ?? NONE);
  // Coverage gaps have a layer of their own.
  model.unprotected = picked(model.demand, document.demand.unprotected
    .filter((point) => !model.gapByPointId.has(model.demand.id[point])));
  const unprotected = new Set(model.unprotected.row);
  model.isUnprotected = (point) => unprotected.has(point);
  return model;
}

/** Position of the site serving ``point`` in ``column`` (0 primary, 1 backup, …), or -1. */
export function serverOf(model, point, column) {
  const servers = model.demand.servers[column];
  return servers ? servers[point] : NONE;
}

/** Network round trip over ``distance`` to a position in ``sites``, whose tier may add to it. */
export function rttMs(model, distance, site = NONE) {
  if (model.reach.unit !== "km") return distance;
  return model.reach.base_ms + distance * model.reach.rtt_ms_per_km + (model.sites.extra_ms[site] ?? 0);
}

/** What people call a site or place: its name, or its id. */
export function nameOf(points, row) {
  return points.name[row] || points.id[row];
}

/** The open sites first, then the others: positions of open sites are the same in both. */
function joined(sites, unused) {
  const both = (name, kind = Array) => kind.from([...sites[name], ...unused[name]]);
  return {
    size: sites.size + unused.size, open: sites.size,
    id: both("id"), name: both("name"), status: both("status"), reach: both("reach"),
    lat: both("lat", Float64Array), lon: both("lon", Float64Array),
  };
}

function picked(points, rows) {
  const of = (column) => rows.map((row) => column[row]);
  return {
    size: rows.length, row: rows, id: of(points.id), name: of(points.name), population: of(points.population),
    lat: Float64Array.from(of(points.lat)), lon: Float64Array.from(of(points.lon)),
  };
}
