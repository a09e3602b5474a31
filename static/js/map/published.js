// window.sitewrightMap: what the page around the map may ask and do; also for tests and curious people.

import { bandOf, peopleByBand } from "./bands.js";

const TABLES = { site: "sites", candidate: "unused", gap: "gaps", demand: "demand" };

export function publish({ map, model, store, stage, marks, basemap, pointer, ranking }) {
  const ids = (rows) => rows.map((row) => model.sites.id[row]);
  const rowOf = (kind, id) => model[TABLES[kind] ?? kind].id.indexOf(id);
  const state = {
    get ready() { return true; },
    get drawn() { return { ...stage.drawn(), basemap: basemap.features }; },
    get failed() { return ids([...store.view().failed]); },
    get moves() {
      const { points, moves } = store.view().drill;
      return moves.map((move) => ({
        point: points.id[move.point], from: model.sites.id[move.from], to: move.to < 0 ? "" : model.sites.id[move.to],
        fromDistance: move.fromDistance, toDistance: move.toDistance, band: bandOf(model, move.toDistance),
      }));
    },
    get totals() {
      const { points, moves, receiving, ...totals } = store.view().drill;
      return totals;
    },
    get marks() { return marks.lists(); },
    get view() {
      const { lat, lng } = map.getCenter();
      return { lat, lon: lng, zoom: map.getZoom() };
    },
    /** People by latency band, as things stand; "no site" last. */
    get bands() { return peopleByBand(model, stage.distanceNow); },
    ranking: async () => (await ranking()).map(({ site, ...row }) => ({ id: model.sites.id[site], ...row })),
    pixelOf(kind, id) {
      const table = model[TABLES[kind] ?? kind];
      const row = rowOf(kind, id);
      const { x, y } = map.latLngToContainerPoint([table.lat[row], table.lon[row]]);
      const frame = map.getContainer().getBoundingClientRect();
      return { x: x + frame.left, y: y + frame.top };
    },
    focus(kind, id) {
      if (kind === null || kind === undefined) {
        pointer.closeAll();
        return false;
      }
      const table = TABLES[kind];
      const row = table ? rowOf(kind, id) : -1;
      return row >= 0 && pointer.open(table, row);
    },
    fail: (wanted) => store.set(wanted.map((id) => rowOf("site", id)).filter((row) => row >= 0), false),
    /** Rings around these sites or candidates. */
    highlight: (wanted) => stage.highlight(wanted.map((id) => model.candidateById.get(id)).filter((row) => row !== undefined)),
    mark(id, mark) {
      const row = model.candidateById.get(id);
      if (row !== undefined) marks.set(row, mark ?? "candidate");
    },
    setView: ({ lat, lon, zoom }) => map.setView([lat, lon], zoom, { animate: false }),
  };
  Object.defineProperty(window, "sitewrightMap", { value: Object.freeze(state) });
}
