// The sphere the plan was made on.

const EARTH_RADIUS_KM = 6371.0088;
const RADIANS = Math.PI / 180;

export function greatCircleKm(lat1, lon1, lat2, lon2) {
  const sinLat = Math.sin(((lat2 - lat1) * RADIANS) / 2);
  const sinLon = Math.sin(((lon2 - lon1) * RADIANS) / 2);
  const h = sinLat * sinLat + Math.cos(lat1 * RADIANS) * Math.cos(lat2 * RADIANS) * sinLon * sinLon;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(Math.min(h, 1)));
}

/** The ring of points at ``radiusKm`` around a site, [[lat, lon], …], longitudes kept continuous. */
export function reachRing(lat, lon, radiusKm, steps = 96) {
  const angle = radiusKm / EARTH_RADIUS_KM;
  const phi = lat * RADIANS;
  const ring = [];
  for (let i = 0; i <= steps; i += 1) {
    const bearing = (2 * Math.PI * i) / steps;
    const sinPhi = Math.sin(phi) * Math.cos(angle) + Math.cos(phi) * Math.sin(angle) * Math.cos(bearing);
    const y = Math.sin(bearing) * Math.sin(angle) * Math.cos(phi);
    const x = Math.cos(angle) - Math.sin(phi) * sinPhi;
    ring.push([Math.asin(sinPhi) / RADIANS, lon + Math.atan2(y, x) / RADIANS]);
  }
  return ring;
}
