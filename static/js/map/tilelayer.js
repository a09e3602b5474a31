// Points beyond what a canvas can draw, as tiles from the service.

const PATIENCE_MS = 1000;

/** A Leaflet layer of tiles.json's answer; options.scheme: "light" | "dark", options.colour: as the service knows it. */
export function pointTiles(told, { scheme, colour, pane = "tilePane" }) {
  return L.tileLayer(`${told.tiles}?scheme={scheme}&colour={colour}`, {
    scheme, colour, pane, minZoom: told.min_zoom, maxZoom: 20, maxNativeZoom: told.max_zoom, updateWhenZooming: false,
    keepBuffer: 1,
  });
}

/** Asks until the tiles are prepared; onWait() is told once that it takes a moment. */
export async function preparedTiles(address, onWait = () => {}) {
  for (let asked = 0; ; asked += 1) {
    const response = await fetch(address, { headers: { accept: "application/json" } });
    if (response.ok) return response.json();
    if (response.status !== 503) throw new Error(`the tiles cannot be read (${response.status})`);
    if (asked === 0) onWait();
    await new Promise((done) => setTimeout(done, PATIENCE_MS));
  }
}

export function colourScheme() {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
