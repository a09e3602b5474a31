// The map of one plan.  The page (app/map/page.py) brings an empty Leaflet map; the plan comes as data.

import { fill } from "../dom.js";
import { addBasemap, fetchOutlines } from "./basemap.js";
import { createLayers } from "./layers.js";
import { renderLegend } from "./legend.js";
import { createModel } from "./model.js";
import { createPanel } from "./panel.js";
import { bindPointer } from "./pointer.js";
import { createStore } from "./store.js";
import { onThemeChange, readTheme } from "./theme.js";

async function loadInputs() {
  const island = document.getElementById("plan-data");
  if (island) return JSON.parse(island.textContent);
  const { dataUrl, outlinesUrl, outlines } = document.body.dataset;
  const response = await fetch(dataUrl, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`the plan's map data cannot be read (${response.status})`);
  return { document: await response.json(), outlines: await fetchOutlines(outlinesUrl, JSON.parse(outlines)) };
}

function tilesChoice() {
  const { tiles } = document.body.dataset;
  if (!tiles) return null;
  return { active: tiles === "public", href: tiles === "public" ? "?" : "?tiles=public" };
}

function fitPlan(map, { west, south, east, north }) {
  map.fitBounds([[south, west], [north, east]], { animate: false, padding: [18, 18] });
}

async function start(map) {
  const inputs = await loadInputs();
  const model = createModel(inputs.document);
  if (model.title) document.title = `${model.title} – Sitewright`;
  let theme = readTheme();
  map.attributionControl.setPrefix("Leaflet");
  fitPlan(map, model.bounds);
  const tiles = tilesChoice();
  const basemap = addBasemap(map, tiles?.active ? {} : inputs.outlines, theme, model.bounds);
  [...basemap.credits, ...model.credits].forEach((credit) => map.attributionControl.addAttribution(credit));
  const store = createStore(model);
  const stage = createLayers(map, model, theme);
  const pointer = bindPointer(map, model, stage, store);
  const legend = document.getElementById("legend");
  renderLegend(legend, model, stage, theme, { publicTiles: tiles });
  createPanel(document.getElementById("panel"), model, store, stage);

  store.onChange(() => stage.showDrill(store.view().failed, store.view().drill));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pointer.closeAll();
    store.clear();
  });
  onThemeChange(() => {
    theme = readTheme();
    basemap.restyle(theme);
    stage.restyle(theme);
    renderLegend(legend, model, stage, theme, { publicTiles: tiles });
  });
  publish(map, model, store, stage, basemap);
  document.body.classList.add("ready");
}

/** A read-only view of what is drawn, for tests and for curious people at the console. */
function publish(map, model, store, stage, basemap) {
  const state = {
    get ready() { return true; },
    get drawn() { return { ...stage.drawn(), basemap: basemap.features }; },
    get failed() { return [...store.view().failed].map((site) => model.sites.id[site]); },
    get moves() {
      return store.view().drill.moves.map((move) => ({
        point: model.demand.id[move.point], from: model.sites.id[move.from], to: move.to < 0 ? "" : model.sites.id[move.to],
        fromDistance: move.fromDistance, toDistance: move.toDistance,
      }));
    },
    get totals() {
      const { moves, ...totals } = store.view().drill;
      return totals;
    },
    pixelOf(kind, id) {
      const row = model[kind].id.indexOf(id);
      const { x, y } = map.latLngToContainerPoint([model[kind].lat[row], model[kind].lon[row]]);
      const frame = map.getContainer().getBoundingClientRect();
      return { x: x + frame.left, y: y + frame.top };
    },
  };
  Object.defineProperty(window, "sitewrightMap", { value: Object.freeze(state) });
}

start(window.sitewrightFolium).catch((error) => {
  console.error(error);
  fill(document.getElementById("headline"), `The map cannot be shown: ${error.message}.`);
  document.body.classList.add("broken");
});
