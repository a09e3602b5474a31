// The same questions put to the service, for plans whose points are too many to be sent here.

import { request } from "../api.js";

const MOVES_DRAWN = 3000;

/** How the service names what this plan measures reach in. */
const unitOf = (model) => (model.reach.unit === "km" ? "km" : "rtt_ms");

/** As failureDrill(), with the moves of the largest places only; ``omitted`` counts the others. */
export async function remoteDrill(model, planId, failed) {
  const site = new Map(model.sites.id.map((id, row) => [id, row]));
  const ids = [...failed].map((row) => model.sites.id[row]);
  const answer = await request(`/plans/${encodeURIComponent(planId)}/drill`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ failed: ids, largest: MOVES_DRAWN }),
  });
  const unit = unitOf(model);
  const of = (name) => answer.moves.map((move) => move[name]);
  const row = (id) => (id === null ? -1 : site.get(id));
  return {
    points: {
      size: answer.moves.length, id: of("point_id"), name: of("name"), population: of("population"),
      lat: Float64Array.from(of("lat")), lon: Float64Array.from(of("lon"), model.continuous),
    },
    moves: answer.moves.map((move, point) => ({
      point, from: row(move.from_site), to: row(move.to_site), fromDistance: move[`from_${unit}`], toDistance: move[`to_${unit}`],
    })),
    omitted: answer.moves_omitted,
    receiving: answer.taken_over.map((taken) => ({
      site: row(taken.site), places: taken.points, population: taken.population, worst: taken[`worst_${unit}`],
    })),
    pointsMoved: answer.points_moved, pointsLost: answer.points_lost,
    populationMoved: answer.population_moved, populationLost: answer.population_lost,
    worstBefore: answer[`worst_before_${unit}`] ?? 0, worstAfter: answer[`worst_after_${unit}`] ?? 0,
    movedWorstBefore: answer[`moved_worst_before_${unit}`] ?? 0, movedWorstAfter: answer[`moved_worst_after_${unit}`] ?? 0,
  };
}

/** As failureRanking(). */
export async function remoteRanking(model, planId) {
  const site = new Map(model.sites.id.map((id, row) => [id, row]));
  const unit = unitOf(model);
  const { features } = await request(`/plans/${encodeURIComponent(planId)}/failures`);
  return features.map(({ properties: row }) => ({
    site: site.get(row.id), pointsMoved: row.points_moved, pointsLost: row.points_lost,
    populationMoved: row.population_moved, populationLost: row.population_lost,
    worstBefore: row[`worst_before_${unit}`], worstAfter: row[`worst_after_${unit}`],
  }));
}
