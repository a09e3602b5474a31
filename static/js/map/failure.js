// The failure drill in the browser: the same question as POST /plans/{id}/drill, answered at once.

import { greatCircleKm } from "./geo.js";

/**
 * Who moves where when the sites in ``failed`` (a Set of positions) are down.
 * moves: [{point, from, to, fromDistance, toDistance}], to = -1 and toDistance = null when lost;
 * points: the table their ``point`` counts in.
 */
export function failureDrill(model, failed) {
  const moves = [];
  const primary = model.demand.servers[0] ?? [];
  for (let point = 0; point < primary.length; point += 1) {
    if (!failed.has(primary[point])) continue;
    const next = nextServer(model, point, failed);
    moves.push({
      point,
      from: primary[point],
      to: next.site,
      fromDistance: model.demand.distance[0][point],
      toDistance: next.distance,
    });
  }
  return { points: model.demand, moves, omitted: 0, receiving: receivingSites(model, moves), ...totals(model, failed, moves) };
}

function nextServer(model, point, failed) {
  for (let column = 1; column < model.columns; column += 1) {
    const site = model.demand.servers[column][point];
    if (site >= 0 && !failed.has(site)) return { site, distance: model.demand.distance[column][point] };
  }
  // The listed servers are the nearest ones; only when all are down must the others be looked at.
  return model.links ? nearestLinked(model, point, failed) : nearestInRadius(model, point, failed);
}

function nearestInRadius(model, point, failed) {
  const { lat, lon } = model.demand;
  let best = { site: -1, distance: null };
  for (let site = 0; site < model.sites.size; site += 1) {
    if (failed.has(site)) continue;
    const distance = greatCircleKm(lat[point], lon[point], model.sites.lat[site], model.sites.lon[site]);
    if (distance <= model.sites.reach[site] && (best.site < 0 || distance < best.distance)) best = { site, distance };
  }
  return best;
}

function nearestLinked(model, point, failed) {
  const { start, site: sites, distance: distances } = model.links;
  let best = { site: -1, distance: null };
  for (let at = start[point]; at < start[point + 1]; at += 1) {
    if (failed.has(sites[at])) continue;
    if (best.site < 0 || distances[at] < best.distance) best = { site: sites[at], distance: distances[at] };
  }
  return best;
}

/** worstBefore, worstAfter: over every place still served; movedWorst…: over those who move only. */
function totals(model, failed, moves) {
  const result = {
    pointsMoved: 0, pointsLost: 0, populationMoved: 0, populationLost: 0,
    worstBefore: 0, worstAfter: 0, movedWorstBefore: 0, movedWorstAfter: 0,
  };
  for (const move of moves) {
    const population = model.demand.population[move.point];
    if (move.to < 0) {
      result.pointsLost += 1;
      result.populationLost += population;
    } else {
      result.pointsMoved += 1;
      result.populationMoved += population;
      result.movedWorstBefore = Math.max(result.movedWorstBefore, move.fromDistance);
      result.movedWorstAfter = Math.max(result.movedWorstAfter, move.toDistance);
    }
  }
  const primary = model.demand.servers[0] ?? [];
  for (let point = 0; point < primary.length; point += 1) {
    const distance = model.demand.distance[0][point] ?? 0;
    result.worstBefore = Math.max(result.worstBefore, distance);
    if (!failed.has(primary[point])) result.worstAfter = Math.max(result.worstAfter, distance);
  }
  result.worstAfter = Math.max(result.worstAfter, result.movedWorstAfter);
  return result;
}

/** The drill by receiving site, most people first: [{site, places, population, worst}]. */
function receivingSites(model, moves) {
  const bySite = new Map();
  for (const move of moves) {
    if (move.to < 0) continue;
    const row = bySite.get(move.to) ?? { site: move.to, places: 0, population: 0, worst: 0 };
    row.places += 1;
    row.population += model.demand.population[move.point];
    row.worst = Math.max(row.worst, move.toDistance);
    bySite.set(move.to, row);
  }
  return [...bySite.values()].sort((a, b) => b.population - a.population || a.site - b.site);
}

/** Every open site failing alone, the failure that hurts most first: [{site, pointsLost, populationLost, …}]. */
export function failureRanking(model) {
  const rows = Array.from({ length: model.sites.size }, (_, site) => {
    const { points, moves, receiving, ...totals } = failureDrill(model, new Set([site]));
    return { site, ...totals };
  });
  return rows.sort((a, b) => b.populationLost - a.populationLost || b.populationMoved - a.populationMoved);
}
