// The map of one plan.  The page (app/map/page.py) brings an empty Leaflet map; the plan comes as data.

import { fill } from "../dom.js";
import { addBasemap, fetchOutlines } from "./basemap.js";
import { failureDrill, failureRanking } from "./failure.js";
import { createLayers } from "./layers.js";
import { renderLegend } from "./legend.js";
import { createMarks, keptInTab } from "./marks.js";
import { createMessages } from "./messages.js";
import { createModel } from "./model.js";
import { createPanel } from "./panel.js";
import { planTiles } from "./plantiles.js";
import { bindPointer } from "./pointer.js";
import { publish } from "./published.js";
import { remoteDrill, remoteRanking } from "./remote.js";
import { createStore } from "./store.js";
import { onThemeChange, readTheme } from "./theme.js";

async function loadInputs() {
  const island = document.getElementById("plan-data");
  if (island) return { ...JSON.parse(island.textContent), planId: null };
  const { plan, dataUrl, outlinesUrl, outlines } = document.body.dataset;
  const [response, drawn] = await Promise.all([
    fetch(dataUrl, { headers: { accept: "application/json" } }), fetchOutlines(outlinesUrl, JSON.parse(outlines))]);
  if (!response.ok) throw new Error(`the plan's map data cannot be read (${response.status})`);
  return { document: await response.json(), outlines: drawn, planId: plan };
}

function tilesChoice() {
  const { tiles } = document.body.dataset;
  if (!tiles) return null;
  return { active: tiles === "public", href: tiles === "public" ? "?" : "?tiles=public" };
}

function fitPlan(map, { west, south, east, north }) {
  map.fitBounds([[south, west], [north, east]], { animate: false, padding: [18, 18] });
}

const wishes = new URLSearchParams(location.hash.slice(1));

/** The address the map opens with may name a view, and sites that have failed: #view=lat,lon,zoom&failed=id&failed=id */
function viewInAddress() {
  const [lat, lon, zoom] = (wishes.get("view") ?? "").split(",").map(Number);
  return wishes.has("view") && [lat, lon, zoom].every(Number.isFinite) && Math.abs(lat) <= 90 ? { lat, lon, zoom } : null;
}

/** Old answers and questions of one plan; a plan in a file answers everything itself. */
function askers(model, planId) {
  let ranking = null;
  const fresh = () => (model.tiled ? remoteRanking(model, planId) : Promise.resolve(failureRanking(model)));
  return {
    drillOf: model.tiled ? (failed) => remoteDrill(model, planId, failed) : (failed) => failureDrill(model, failed),
    ranking: () => (ranking ??= fresh()),
  };
}

async function start(map) {
  if (wishes.get("panel") === "none") {
    document.body.classList.add("bare");
    map.invalidateSize({ animate: false });
  }
  const { document: plan, outlines, planId } = await loadInputs();
  const model = createModel(plan);
  if (model.title) document.title = `${model.title} – Sitewright`;
  let theme = readTheme();
  map.attributionControl.setPrefix("Leaflet");
  fitPlan(map, model.bounds);
  const view = viewInAddress();
  if (view) map.setView([view.lat, view.lon], view.zoom, { animate: false });
  const streets = tilesChoice();
  const basemap = addBasemap(map, streets?.active ? {} : outlines, theme, model.bounds);
  [...basemap.credits, ...model.credits].forEach((credit) => map.attributionControl.addAttribution(credit));

  const { drillOf, ranking } = askers(model, planId);
  const store = createStore(drillOf);
  const marks = createMarks(model, keptInTab(planId));
  const messages = createMessages();
  const tiles = model.tiled && planId !== null ? await planTiles(map, planId) : null;
  const stage = createLayers(map, model, theme, marks, tiles);
  const tabs = createPanel(document.getElementById("panel"), { model, store, stage, marks, ranking, planId, messages });
  const changeable = planId === null ? null : marks;
  const pointer = bindPointer(map, { model, stage, store, marks: changeable, mode: () => tabs.mode, messages });
  const legend = document.getElementById("legend");
  const showLegend = () => renderLegend(legend, model, stage, theme, { publicTiles: streets });
  showLegend();

  store.onChange(() => {
    const { failed, drill } = store.view();
    stage.showDrill(failed, drill);
    showLegend();
    messages.failed([...failed].map((site) => model.sites.id[site]), store.byHand);
  });
  marks.onChange(() => {
    stage.showMarks();
    messages.marks(marks.lists());
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pointer.closeAll();
    store.clear();
  });
  onThemeChange(() => {
    theme = readTheme();
    basemap.restyle(theme);
    stage.restyle(theme);
    showLegend();
  });
  publish({ map, model, store, stage, marks, basemap, pointer, ranking });
  let byHand = false;
  ["pointerdown", "wheel", "keydown"].forEach((kind) =>
    map.getContainer().addEventListener(kind, () => { byHand = true; }, { capture: true, passive: true }));
  map.on("moveend", () => messages.view(window.sitewrightMap.view, byHand));
  if (wishes.has("failed")) window.sitewrightMap.fail(wishes.getAll("failed"));
  document.body.classList.add("ready");
  messages.ready();
}

start(window.sitewrightFolium).catch((error) => {
  console.error(error);
  fill(document.getElementById("headline"), `The map cannot be shown: ${error.message}.`);
  document.body.classList.add("broken");
});
