// One map per plan; what one shows and fails, the others show and fail too.

import { el, fill, userText } from "../dom.js";

const NEAR = 1e-6;

export function showMaps(root, plans, sites) {
  const frames = plans.map((plan) => el("iframe", {
    src: `/plans/${encodeURIComponent(plan.id)}/map#panel=none`, title: `Map of ${plan.name}`,
  }));
  fill(root, plans.map((plan, i) => el("figure", { class: "map-side" },
    el("figcaption", {}, userText(plan.name), el("span", { class: "hint" }, onlyHere(sites, i))), frames[i])));
  root.style.setProperty("--sides", String(plans.length));
  const view = { last: null };
  window.addEventListener("message", (event) => {
    const at = frames.findIndex((frame) => frame.contentWindow === event.source);
    if (event.origin !== location.origin || at < 0) return;
    const { type } = event.data;
    if (type === "sitewright:ready") prepare(frames[at], sites.filter((site) => site.open[at]).map((site) => site.id), view);
    if (type === "sitewright:view") follow(frames, at, event.data, view);
    if (type === "sitewright:failed" && event.data.byHand) others(frames, at).forEach((map) => map.fail(event.data.ids));
  });
  return { focus: (id) => mapsOf(frames).forEach((map) => map.focus("site", id) || map.focus("candidate", id)) };
}

function onlyHere(sites, at) {
  const only = sites.filter((site) => site.open[at] && site.open.filter(Boolean).length === 1).length;
  return only ? ` ${only} only here, ringed` : " none only here";
}

function mapsOf(frames) {
  return frames.map((frame) => frame.contentWindow.sitewrightMap).filter((map) => map?.ready);
}

function others(frames, at) {
  return mapsOf(frames.filter((_, i) => i !== at));
}

function prepare(frame, ids, view) {
  const map = frame.contentWindow.sitewrightMap;
  map.highlight(ids);
  if (view.last) map.setView(view.last);
  else view.last = map.view;
}

/** A map that was moved to where the others are says so too: that is no news. */
function follow(frames, at, { lat, lon, zoom }, view) {
  const { last } = view;
  if (last && Math.abs(last.lat - lat) < NEAR && Math.abs(last.lon - lon) < NEAR && Math.abs(last.zoom - zoom) < NEAR) return;
  view.last = { lat, lon, zoom };
  others(frames, at).forEach((map) => map.setView(view.last));
}
