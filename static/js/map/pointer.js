// Mouse and touch: hover shows, click does what the open tab says, a right click or a long press opens the card.

import { markButtons } from "./changes.js";
import { demandDetails, gapDetails, siteDetails, unusedDetails } from "./details.js";

const KINDS = { demand: "demand", unprotected: "demand", gaps: "gap", unused: "candidate", sites: "site", failed: "site" };
const NEAR_ZOOM = 9;

/** mode() → "fail" or "change"; marks: null where nothing can be planned again. */
export function bindPointer(map, { model, stage, store, marks, mode, messages }) {
  const tooltip = L.tooltip({ direction: "top", offset: [0, -8], opacity: 1, className: "map-tip" });
  const popup = L.popup({ className: "map-card", maxWidth: 320, autoPanPadding: [16, 16] });
  const placeUnder = (candidate) => (model.tiled || !stage.shows("demand") ? -1
    : stage.layers.demand.pointAt(stage.layers.unused.pixelOf(candidate)));
  const facts = () => ({ ...store.view(), changing: mode() === "change" });
  const contents = {
    demand: (i) => demandDetails(model, i, facts()),
    unprotected: (i) => demandDetails(model, model.unprotected.row[i], facts()),
    gaps: (i) => gapDetails(model, i, facts()),
    unused: (i) => unusedDetails(model, i, placeUnder(i), facts()),
    sites: (i) => siteDetails(model, i, facts()),
    failed: (i) => siteDetails(model, i, facts()),
  };
  const keys = Object.keys(contents).filter((key) => !(key === "demand" && model.tiled));
  const isSite = (key) => key === "sites" || key === "failed";
  const candidateOf = (key, i) => (isSite(key) ? i : key === "unused" ? model.sites.size + i : null);
  let shown = null;

  const hide = () => {
    shown = null;
    tooltip.remove();
    stage.focusCandidate(null);
  };
  const hover = (key) => () => {
    const layer = stage.layers[key];
    const name = `${key}:${layer.hit}`;
    if (layer.hit < 0 || shown === name) return;
    shown = name;
    const { lat, lon } = layer.points;
    tooltip.setContent(contents[key](layer.hit)).setLatLng([lat[layer.hit], lon[layer.hit]]).addTo(map);
    stage.focusCandidate(candidateOf(key, layer.hit));
  };
  const openCard = (key, i) => {
    const { points } = stage.layers[key];
    const candidate = candidateOf(key, i);
    const content = contents[key](i);
    if (marks && candidate !== null) content.append(markButtons(model, marks, candidate).node);
    popup.setContent(content).setLatLng([points.lat[i], points.lon[i]]).openOn(map);
    stage.focusCandidate(candidate);
  };
  const click = (key, always) => (event) => {
    L.DomEvent.stop(event);
    const layer = stage.layers[key];
    if (layer.hit < 0) return;
    const row = layer.hit;
    hide();
    if (isSite(key) && mode() === "fail" && !always) store.toggle(row);
    else openCard(key, row);
    messages.select(KINDS[key], layer.points.id[row]);
  };
  for (const key of keys) {
    stage.layers[key].on({
      mouseover: hover(key), mousemove: hover(key), mouseout: hide, click: click(key, false), contextmenu: click(key, true),
    });
  }
  map.on("zoomstart movestart", () => { shown = null; tooltip.remove(); });
  popup.on("remove", () => stage.focusCandidate(null));
  // A pressed button changes what the card says of itself.
  marks?.onChange(() => popup.isOpen() && popup.getElement()?.querySelectorAll(".mark").forEach((button) => {
    const row = model.candidateById.get(button.dataset.of);
    button.setAttribute("aria-pressed", String(marks.statusOf(row) === button.dataset.mark));
  }));
  return {
    closeAll: () => { hide(); popup.close(); },
    /** Brings it into sight, near enough to be told apart, with its card open. */
    open(key, row) {
      const { lat, lon } = model[key];
      const inSight = map.getBounds().pad(-0.1).contains([lat[row], lon[row]]);
      if (!inSight || map.getZoom() < NEAR_ZOOM) {
        map.setView([lat[row], lon[row]], Math.max(map.getZoom(), NEAR_ZOOM), { animate: false });
      }
      const layerKey = key === "sites" && store.view().failed.has(row) ? "failed" : key;
      if (key === "demand" && model.tiled) return false;
      openCard(layerKey, row);
      return true;
    },
  };
}
