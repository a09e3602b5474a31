// The next plan: this one with other sites required and forbidden.

import { request } from "../api.js";

/** Starts it and returns its id. */
export async function planAgain(planId, { required, forbidden }) {
  const address = `/plans/${encodeURIComponent(planId)}`;
  const post = (path, body) => request(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const parent = await request(address);
  const child = parent.links.variants
    ? await post(`${address}/variants`, { required, forbidden })
    : await post("/plans", { ...parent.request, required, forbidden });
  return child.id;
}
