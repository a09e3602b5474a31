// The planner page: settings on one side, one plan on the other.  The address says which plan.

import { createPlan, createVariant, getPlan } from "./api.js";
import { el, fill } from "./dom.js";
import { bindDatasets } from "./form/datasets.js";
import { bindForm } from "./form/form.js";
import { renderLineage } from "./lineage.js";
import { renderRecents } from "./recents.js";
import { renderDownloads } from "./results/downloads.js";
import { renderGaps } from "./results/gaps.js";
import { renderLatency } from "./results/latency.js";
import { showMap } from "./results/maplink.js";
import { createProgress } from "./results/progress.js";
import { renderPrice } from "./results/price.js";
import { renderHead } from "./results/summary.js";
import { renderTables } from "./results/tables.js";
import { isFinal, watchPlan } from "./results/watch.js";
import { lazySetup } from "./setup/lazy.js";
import { readView, viewHash } from "./studies/link.js";
import { renderStudies } from "./studies/studies.js";

const parts = Object.fromEntries([
  "plan", "plan-head", "setup", "stage", "setup-lists", "progress", "gaps", "map", "tables", "price", "latency", "studies", "lineage", "downloads", "recents",
].map((id) => [id, document.getElementById(id)]));
const OF_A_PLAN = ["plan-head", "progress", "gaps", "map", "tables", "price", "latency", "studies", "lineage", "downloads"];

const progress = createProgress(parts.progress);
const datasets = bindDatasets(() => form.changed());
const form = bindForm(datasets, () => setup.points(), {
  change(body, faults) {
    if (settingUp) setup.changed(body, faults);
    else openSetup();
  },
  submit,
  named: (candidates) => setup.nameCandidates(candidates).catch((error) => console.error(error)),
});
const setup = lazySetup((createSetup) =>
  createSetup({ setup: parts.setup, stage: parts.stage, lists: parts["setup-lists"] }, form, datasets, { back: leaveSetup }));
const MAP_PATIENCE_MS = 4000;
let stopWatching = () => {};
let map = null;
let price = { stop() {} };
let studies = { close() {}, opened: [] };
let shown = null;
let settingUp = false;
let opened = [];

/** The plan that was last started in this tab. */
const watching = {
  id: () => remembered(() => sessionStorage.getItem("sitewright.watching")),
  keep: (id) => remembered(() => sessionStorage.setItem("sitewright.watching", id)),
};

/** Storage may be forbidden; then nothing is remembered. */
function remembered(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

function planIdInAddress() {
  const match = location.pathname.match(/^\/plans\/([^/]+)\/?$/);
  return match ? decodeURIComponent(match[1]) : null;
}

async function submit(body) {
  await goTo(await createPlan(body));
}

async function goTo(plan) {
  form.forget();
  watching.keep(plan.id);
  history.pushState({}, "", `/plans/${encodeURIComponent(plan.id)}`);
  await show(plan);
  parts.plan.focus({ preventScroll: true });
  parts.plan.scrollIntoView({ block: "start" });
}

/** The same plan with another reach or other gaps, as its variant; with other candidates, as a plan of its own. */
async function replan(plan, { uncoverable, reach, candidates }) {
  const { request } = plan;
  form.show({
    ...request, reach: reach ?? request.reach, candidates: candidates ?? request.candidates,
    cover: { ...request.cover, uncoverable: uncoverable ?? request.cover.uncoverable },
  });
  try {
    const { body } = form.collect();
    const changes = { name: body.name, ...(uncoverable ? { cover: { uncoverable } } : {}), ...(reach ? { reach: body.reach } : {}) };
    await goTo(candidates ? await createPlan(body) : await createVariant(plan.id, changes));
  } catch (error) {
    parts["plan-head"].append(el("p", { class: "verdict bad", role: "alert" }, error.message));
  }
}

/** The inputs take the place of the plan while they are being changed. */
function openSetup() {
  settingUp = true;
  OF_A_PLAN.forEach((id) => parts[id].classList.add("aside"));
  setup.open(shown);
  form.remember(true);
}

function leaveSetup() {
  closeSetup();
  form.forget();
  if (!shown) return;
  form.show(shown.request);
  if (!isFinal(shown)) {
    setup.showSites(opened);
    setup.showSolving(shown.request).catch((error) => console.error(error));
  }
  parts.plan.focus({ preventScroll: true });
}

function closeSetup() {
  settingUp = false;
  setup.close();
  OF_A_PLAN.forEach((id) => parts[id].classList.remove("aside"));
}

/** ``navigated``: somebody asked for this plan; otherwise what is being set up stays in front. */
async function show(plan, navigated = true) {
  stopWatching();
  price.stop();
  studies.close();
  map?.close();
  map = null;
  if (navigated || !settingUp) closeSetup();
  for (const id of OF_A_PLAN.slice(1)) parts[id].hidden = true;
  shown = plan;
  document.title = `${plan.name} – Sitewright`;
  renderHead(parts["plan-head"], plan);
  renderDownloads(parts.downloads, plan, here);
  if (plan.outcome === "infeasible") parts.map.before(parts.gaps);
  else parts.tables.before(parts.gaps);
  if (!isFinal(plan)) {
    progress.show(plan);
    opened = [];
    if (!settingUp) setup.showSites(opened);
    stopWatching = watchPlan(plan, (event) => hear(event), (ended) => show(ended, false).catch(failed));
    await datasets.ready;
    if (!settingUp && shown === plan) setup.showSolving(plan.request).catch((error) => console.error(error));
    await renderRecents(parts.recents, plan.id);
    return;
  }
  progress.hide();
  await Promise.all([
    plan.state === "done" ? showResult(plan) : null,
    renderLineage(parts.lineage, plan),
    renderRecents(parts.recents, plan.id),
  ]);
}

function hear(event) {
  progress.update(event);
  if (!Array.isArray(event.sites)) return;
  opened = event.sites;
  if (!settingUp) setup.showSites(opened);
}

/** Map, gaps and tables; picking something in one of them shows it in the others. */
async function showResult(plan) {
  if (plan.outcome === "no_plan") return;
  let linked = [];
  const wanted = readView(location.hash);
  map = showMap(parts.map, plan, {
    select: (kind, id) => linked.forEach((part) => part.select?.(kind, id)),
    failed: (ids) => linked.forEach((part) => part.failed?.(ids)),
    open: (id) => getPlan(id).then(goTo).catch(failed),
    marks: (required, forbidden) => form.mark(plan.request, required, forbidden),
  });
  const look = (act) => {
    act();
    parts.map.scrollIntoView({ block: "nearest" });
  };
  const on = {
    replan: (changes) => replan(plan, changes),
    withCandidates(dataset) {
      datasets.add(dataset);
      return replan(plan, { candidates: dataset.id });
    },
    focus: (kind, id) => look(() => map?.focus(kind, id)),
    fail: (ids) => look(() => map?.fail(ids)),
    highlight: (ids) => look(() => map?.highlight(ids)),
    open: (id) => getPlan(id).then(goTo).catch(failed),
  };
  price.stop();
  price = renderPrice(parts.price, plan, on);
  linked = await Promise.all([renderGaps(parts.gaps, parts.tables, plan, on), renderTables(parts.tables, plan, on)]);
  if (shown !== plan) return;
  if (wanted.tab) parts.tables.querySelector(`#${CSS.escape(wanted.tab)}[role=tab]`)?.click();
  if (wanted.failed.length) linked.forEach((part) => part.failed?.(wanted.failed));
  studies.close();
  studies = renderStudies(parts.studies, plan, { ...on, nameOf: linked[1].nameOf, whenQuiet: mapDrawn(map) }, wanted.open);
  linked.push(studies);
  await renderLatency(parts.latency, plan, linked[1].nameOf, on);
}

/** The map comes first: whatever can wait waits for it, but not for ever. */
function mapDrawn(drawing) {
  return new Promise((resolve) => {
    drawing.whenReady(resolve);
    setTimeout(resolve, MAP_PATIENCE_MS);
  });
}

/** The address that opens this plan as it is in sight now. */
function here() {
  const tab = parts.tables.querySelector("[role=tab][aria-selected=true]")?.id;
  return new URL(`/plans/${encodeURIComponent(shown.id)}${viewHash({ ...map?.seen, tab, open: studies.opened })}`, location.href).href;
}

/** The plan that the address names; on the front page the one being made here, else the newest that has an answer. */
async function locate() {
  const wanted = planIdInAddress();
  if (wanted) {
    const plan = await getPlan(wanted);
    return plan.kind === "curve" && plan.parent_id ? getPlan(plan.parent_id) : plan;
  }
  const own = watching.id() && await getPlan(watching.id()).catch(() => null);
  if (own && !isFinal(own)) return own;
  const plans = await renderRecents(parts.recents, null);
  return plans.find((plan) => plan.state === "done" && plan.sites) ?? plans.find((plan) => !isFinal(plan)) ?? plans[0] ?? null;
}

async function open() {
  const plan = await locate();
  if (plan) {
    show(plan).catch(failed);
    return;
  }
  await form.ready;
  if (!form.isTouched()) openSetup();
}

function failed(error) {
  fill(parts["plan-head"],
    el("h1", {}, error.status === 404 ? "There is no such plan" : "This cannot be shown"),
    el("p", { class: "verdict bad", role: "alert" }, error.message));
  renderRecents(parts.recents, null).catch(() => {});
}

/** The form shows what was being filled in before a reload, else the settings of the plan that is shown. */
async function settleForm() {
  await Promise.all([datasets.ready, form.ready]);
  document.getElementById("start").disabled = false;
  if (form.isTouched()) return;
  if (form.restore()) openSetup();
  else if (planIdInAddress() && shown) form.show(shown.request);
}

document.getElementById("new-plan").open = matchMedia("(min-width: 900px)").matches;
window.addEventListener("popstate", () => open().catch(failed));
open().catch(failed).then(settleForm).catch(failed);
