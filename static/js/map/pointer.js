// Mouse and touch: hover shows, click pins a place or fails a site.

import { demandDetails, gapDetails, siteDetails, unusedDetails } from "./details.js";

export function bindPointer(map, model, stage, store) {
  const tooltip = L.tooltip({ direction: "top", offset: [0, -8], opacity: 1, className: "map-tip" });
  const popup = L.popup({ className: "map-card", maxWidth: 320, autoPanPadding: [16, 16] });
  const placeUnder = (candidate) =>
    (stage.shows("demand") ? stage.layers.demand.pointAt(stage.layers.unused.pixelOf(candidate)) : -1);
  const contents = {
    demand: (i) => demandDetails(model, i, store.view()),
    gaps: (i) => gapDetails(model, i, store.view()),
    unused: (i) => unusedDetails(model, i, placeUnder(i), store.view()),
    sites: (i) => siteDetails(model, i, false),
    failed: (i) => siteDetails(model, i, true),
  };
  const isSite = (key) => key === "sites" || key === "failed";
  let shown = null;

  const hide = () => {
    shown = null;
    tooltip.remove();
    stage.focusSite(null);
  };
  const hover = (key) => () => {
    const layer = stage.layers[key];
    const name = `${key}:${layer.hit}`;
    if (layer.hit < 0 || shown === name) return;
    shown = name;
    const { lat, lon } = layer.points;
    tooltip.setContent(contents[key](layer.hit)).setLatLng([lat[layer.hit], lon[layer.hit]]).addTo(map);
    stage.focusSite(isSite(key) ? layer.hit : null);
  };
  const click = (key) => (event) => {
    L.DomEvent.stopPropagation(event);
    const layer = stage.layers[key];
    if (layer.hit < 0) return;
    const point = layer.hit;
    hide();
    if (isSite(key)) store.toggle(point);
    else popup.setContent(contents[key](point)).setLatLng([layer.points.lat[point], layer.points.lon[point]]).openOn(map);
  };
  for (const key of Object.keys(contents)) {
    stage.layers[key].on({ mouseover: hover(key), mousemove: hover(key), mouseout: hide, click: click(key) });
  }
  map.on("zoomstart movestart", hide);
  return { closeAll: () => { hide(); popup.close(); } };
}
