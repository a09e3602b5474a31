// The plans made before, newest first.

import { listPlans } from "./api.js";
import { el, fill, userText } from "./dom.js";
import { counted } from "./format.js";

const SHOWN = 12;

export async function renderRecents(root, currentId) {
  const plans = await listPlans(SHOWN);
  fill(root, plans.map((plan) => el("li", {},
    el("a", { href: `/plans/${encodeURIComponent(plan.id)}`, "aria-current": plan.id === currentId ? "page" : null },
      userText(plan.name), el("span", { class: `state ${plan.outcome ?? plan.state}` }, inShort(plan))))),
  plans.length ? null : el("li", { class: "hint" }, "None yet."));
  return plans;
}

function inShort(plan) {
  if (plan.state !== "done") return plan.state;
  switch (plan.outcome) {
    case "optimal": return `${counted(plan.sites, "site", "sites")}, proven`;
    case "feasible": return counted(plan.sites, "site", "sites");
    case "infeasible": return counted(plan.gaps?.points ?? 0, "gap", "gaps");
    default: return "no plan found";
  }
}
