// The next plan: this one with other sites required and forbidden.

import { request } from "../api.js";

/** Starts it and returns its id.  changes: required_add, required_remove, forbidden_add, forbidden_remove. */
export async function planAgain(planId, changes) {
  const child = await request(`/plans/${encodeURIComponent(planId)}/variants`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(changes),
  });
  return child.id;
}
