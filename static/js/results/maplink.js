// The page's side of its talk with the map in the frame: same origin, one frame at a time.

import { el, fill } from "../dom.js";

const READY = "sitewright:ready";

/** What the map shows goes into the address: the link to it opens on the same view, with the same sites failed. */
function remember(shown) {
  const wishes = new URLSearchParams(location.hash.slice(1));
  for (const [name, values] of Object.entries(shown)) {
    wishes.delete(name);
    [values].flat().forEach((value) => wishes.append(name, value));
  }
  history.replaceState(history.state, "", `${location.pathname}${location.search}${wishes.size ? `#${wishes}` : ""}`);
}

/** Puts the map of ``plan`` into ``root``; on: {select(kind, id), failed(ids), marks(required, forbidden), open(planId)}.  Returns {whenReady, focus, fail, highlight, seen, close}. */
export function showMap(root, plan, on) {
  const frame = el("iframe", {
    src: `/plans/${encodeURIComponent(plan.id)}/map${location.hash}`, title: "Map of the plan: click a site to fail it",
  });
  let waiting = [];
  let ready = false;
  const run = (act) => {
    const map = frame.contentWindow?.sitewrightMap;
    if (map) act(map);
    else waiting.push(act);
  };
  const hear = ({ data, origin, source }) => {
    if (origin !== location.origin || source !== frame.contentWindow || typeof data?.type !== "string") return;
    if (data.type === READY) {
      ready = true;
      waiting.splice(0).forEach(run);
    } else if (data.type === "sitewright:view" && data.byHand) {
      remember({ view: [data.lat, data.lon, data.zoom].map((value) => Number(value).toFixed(5)).join(",") });
    } else if (data.type === "sitewright:select") on.select(data.kind, data.id);
    else if (data.type === "sitewright:failed" && Array.isArray(data.ids)) {
      remember({ failed: data.ids });
      on.failed(data.ids);
    } else if (data.type === "sitewright:marks" && [data.required, data.forbidden].every(Array.isArray)) {
      on.marks(data.required, data.forbidden);
    } else if (data.type === "sitewright:open" && typeof data.plan === "string") on.open(data.plan);
  };
  window.addEventListener("message", hear);
  fill(root, frame);
  root.hidden = false;
  return {
    get ready() { return ready; },
    whenReady: (act) => run(() => act()),
    focus: (kind, id) => run((map) => map.focus?.(kind, id)),
    fail: (ids) => run((map) => map.fail?.(ids)),
    highlight: (ids) => run((map) => map.highlight?.(ids)),
    /** What the map shows at this moment: {view, failed}. */
    get seen() {
      const shown = frame.contentWindow?.sitewrightMap;
      return { view: shown?.view ?? null, failed: shown?.failed ?? [] };
    },
    close() {
      window.removeEventListener("message", hear);
      waiting = [];
      root.hidden = true;
      fill(root);
    },
  };
}
