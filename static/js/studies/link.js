// A link that opens a plan on the same view.  The map reads "view" and "failed" itself; the page the rest.

/** What the fragment of an address asks of the page: {failed: [site ids], tab, open: [panel ids]}. */
export function readView(hash) {
  const wishes = new URLSearchParams(hash.replace(/^#/, ""));
  return { failed: wishes.getAll("failed"), tab: wishes.get("tab"), open: (wishes.get("open") ?? "").split(",").filter(Boolean) };
}

/** The fragment that says where the map looks, which sites are failed, which table and which panels are open. */
export function viewHash({ view = null, failed = [], tab = null, open = [] }) {
  const wishes = new URLSearchParams();
  if (view) wishes.set("view", [view.lat, view.lon, view.zoom].map((value) => Number(value).toFixed(5)).join(","));
  failed.forEach((id) => wishes.append("failed", id));
  if (tab) wishes.set("tab", tab);
  if (open.length) wishes.set("open", open.join(","));
  return wishes.size ? `#${wishes}` : "";
}
