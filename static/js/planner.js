// The planner page: settings on one side, one plan on the other.  The address says which plan.

import { createPlan, getPlan } from "./api.js";
import { bindDatasets } from "./datasets.js";
import { el, fill } from "./dom.js";
import { renderDownloads } from "./downloads.js";
import { bindForm, fillForm, isTouched } from "./form.js";
import { renderGaps } from "./gaps.js";
import { createProgress } from "./progress.js";
import { renderRecents } from "./recents.js";
import { renderHead } from "./summary.js";
import { isFinal, watchPlan } from "./watch.js";

const parts = Object.fromEntries(["plan", "plan-head", "progress", "gaps", "map", "downloads", "recents"].map((id) =>
  [id, document.getElementById(id)]));
const progress = createProgress(parts.progress);
let stopWatching = () => {};
let datasets = { select: () => {} };

function planIdInAddress() {
  const match = location.pathname.match(/^\/plans\/([^/]+)\/?$/);
  return match ? decodeURIComponent(match[1]) : null;
}

async function submit(body) {
  const plan = await createPlan(body);
  history.pushState({}, "", `/plans/${encodeURIComponent(plan.id)}`);
  await show(plan);
  parts.plan.focus({ preventScroll: true });
  parts.plan.scrollIntoView({ block: "start" });
}

async function replan(plan, { uncoverable, radius_km }) {
  const { request } = plan;
  const changed = {
    ...request,
    reach: { radius_km: radius_km ?? request.reach.radius_km },
    cover: { ...request.cover, uncoverable: uncoverable ?? request.cover.uncoverable },
  };
  fillForm(changed, datasets);
  try {
    await submit(changed);
  } catch (error) {
    parts["plan-head"].append(el("p", { class: "verdict bad", role: "alert" }, error.message));
  }
}

async function show(plan) {
  stopWatching();
  document.title = `${plan.name} – Sitewright`;
  renderHead(parts["plan-head"], plan);
  renderDownloads(parts.downloads, plan);
  parts.gaps.hidden = true;
  if (plan.outcome === "infeasible") parts.map.before(parts.gaps);
  else parts.map.after(parts.gaps);
  parts.map.hidden = true;
  if (!isFinal(plan)) {
    progress.show(plan);
    stopWatching = watchPlan(plan, (event) => progress.update(event, plan), (ended) => show(ended).catch(failed));
    await renderRecents(parts.recents, plan.id);
    return;
  }
  progress.hide();
  if (plan.state === "done" && plan.outcome !== "no_plan") showMap(plan);
  await Promise.all([
    renderRecents(parts.recents, plan.id),
    plan.state === "done" ? renderGaps(parts.gaps, plan, (changes) => replan(plan, changes)) : null,
  ]);
}

function showMap(plan) {
  const address = `/plans/${encodeURIComponent(plan.id)}/map`;
  fill(parts.map, el("iframe", { src: address, title: "Map of the plan: click a site to fail it" }));
  parts.map.hidden = false;
}

async function open() {
  const wanted = planIdInAddress();
  if (wanted) return show(await getPlan(wanted));
  const plans = await renderRecents(parts.recents, null);
  const best = plans.find((plan) => plan.state === "done" && plan.sites) ?? plans.find((plan) => !isFinal(plan)) ?? plans[0];
  if (best) return show(best);
  fill(parts["plan-head"], el("h1", {}, "No plan yet"), el("p", { class: "settings" }, "Choose two data sets, then make the plan."));
  return undefined;
}

function failed(error) {
  fill(parts["plan-head"],
    el("h1", {}, error.status === 404 ? "There is no such plan" : "This cannot be shown"),
    el("p", { class: "verdict bad", role: "alert" }, error.message));
  renderRecents(parts.recents, null).catch(() => {});
}

document.getElementById("new-plan").open = matchMedia("(min-width: 900px)").matches;
bindForm(submit);
window.addEventListener("popstate", () => open().catch(failed));
const datasetsReady = bindDatasets().then((bound) => {
  datasets = bound;
  document.getElementById("start").disabled = false;
});
open().catch(failed);
datasetsReady.then(async () => {
  const wanted = planIdInAddress();
  if (!wanted) return;
  const { request } = await getPlan(wanted);
  if (!isTouched()) fillForm(request, datasets);
}).catch(failed);
