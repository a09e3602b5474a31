// Where a plan comes from and what was made of it: the tree of plans as a nested list, and the way to compare them.

import { request } from "./api.js";
import { el, fill, userText } from "./dom.js";
import { number } from "./format.js";

const MOST_PLANS = 60;
const MOST_COMPARED = 6;
const STATES = { queued: "waiting", running: "being solved", failed: "failed", cancelled: "stopped" };

/** Fills ``root`` with the relatives of ``plan`` and hides it when there are none. */
export async function renderLineage(root, plan) {
  const tree = await family(plan);
  root.hidden = tree.variants.length === 0;
  if (root.hidden) return;
  const compare = el("button", { type: "submit", disabled: true }, "Compare side by side");
  const form = el("form", { class: "lineage", onsubmit: go, onchange: () => { compare.disabled = !comparable(chosen(form)); } },
    el("h2", {}, "Versions of this plan"), el("ul", { class: "tree" }, node(tree, plan.id)), compare);
  fill(root, form);

  function go(event) {
    event.preventDefault();
    location.assign(`/compare?plans=${chosen(form).join(",")}`);
  }
}

function chosen(form) {
  return new FormData(form).getAll("plan");
}

function comparable(ids) {
  return ids.length >= 2 && ids.length <= MOST_COMPARED;
}

/** {plan, variants: [the same]} from the oldest ancestor down. */
async function family(plan) {
  const lineage = (id) => request(`/plans/${encodeURIComponent(id)}/lineage`);
  const own = await lineage(plan.id);
  let left = MOST_PLANS;
  const grown = async (one, known) => {
    left -= 1;
    const { variants } = known ?? (left > 0 ? await lineage(one.id) : { variants: [] });
    return { plan: one, variants: await Promise.all(variants.map((child) => grown(child, child.id === plan.id ? own : null))) };
  };
  const [oldest] = own.ancestors;
  return oldest ? grown(oldest, null) : grown(own.plan, own);
}

function node({ plan, variants }, current) {
  const box = el("input", { type: "checkbox", name: "plan", value: plan.id, id: `version-${plan.id}`, "aria-label": `Compare ${plan.name}`,
    disabled: plan.state !== "done" });
  return el("li", {},
    el("span", { class: "version" }, box,
      el("a", { href: `/plans/${encodeURIComponent(plan.id)}`, "aria-current": plan.id === current ? "page" : null }, userText(plan.name)),
      el("span", { class: "hint" }, outcome(plan))),
    variants.length ? el("ul", {}, variants.map((child) => node(child, current))) : null);
}

function outcome(plan) {
  if (plan.state !== "done") return STATES[plan.state];
  return plan.sites === null ? "no plan possible" : `${number(plan.sites)} sites${plan.outcome === "optimal" ? ", proven" : ""}`;
}
