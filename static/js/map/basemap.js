// Land, countries and states from our own server (or from the file itself): nothing leaves the machine.

const LAYERS = [
  { key: "land", look: (theme) => ({ fillColor: theme.land, fillOpacity: 1, color: theme.coast, weight: 0.8 }) },
  { key: "states", look: (theme) => ({ fill: false, color: theme.border, weight: 0.7, opacity: 0.8 }) },
  { key: "countries", look: (theme) => ({ fill: false, color: theme.border, weight: 1.3 }) },
];

/** Adds the outlines below everything else; returns {restyle(theme), features}. */
export function addBasemap(map, outlines, theme, bounds) {
  const pane = map.createPane("basemap");
  pane.style.zIndex = 150;
  pane.style.pointerEvents = "none";
  const renderer = L.canvas({ pane: "basemap", padding: 0.5 });
  const shifts = bounds.east > 180 ? [0, 360] : [0];
  const added = [];
  let features = 0;
  for (const { key, look } of LAYERS) {
    for (const collection of outlines[key] ?? []) {
      for (const shift of shifts) {
        const layer = L.geoJSON(collection, {
          renderer, pane: "basemap", interactive: false, style: look(theme), smoothFactor: 0.7,
          coordsToLatLng: ([lon, lat]) => L.latLng(lat, lon + shift),
        });
        layer.addTo(map);
        added.push({ layer, look });
        features += collection.features.length;
      }
    }
  }
  return {
    features,
    restyle: (nextTheme) => added.forEach(({ layer, look }) => layer.setStyle(look(nextTheme))),
  };
}

/** The outlines a plan's map needs, from /static/vendor/basemap: {land, countries, states}: lists of GeoJSON. */
export async function fetchOutlines(baseUrl, names) {
  const load = async (name) => {
    const response = await fetch(`${baseUrl}/${name}.geojson`);
    if (!response.ok) throw new Error(`the outline ${name} cannot be read (${response.status})`);
    return response.json();
  };
  const entries = await Promise.all(
    Object.entries(names).map(async ([key, files]) => [key, await Promise.all(files.map(load))]));
  return Object.fromEntries(entries);
}
