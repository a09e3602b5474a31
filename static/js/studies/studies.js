// What can be asked of a finished plan beyond its sites.  Each study is a panel, drawn when it is first opened.

import { request } from "../api.js";
import { el, fill } from "../dom.js";

/** Demand points up to which an answer is a matter of a moment, so that panels may open unasked. */
const QUICK_POINTS = 200_000;

const STUDIES = [
  { id: "study-changes", title: "What changed", about: "against the plan it was made from", open: true,
    when: (plan) => plan.parent_id !== null, load: () => import("./changes.js") },
  { id: "study-latency", title: "Who waits how long", about: "people by latency, and where the promise goes", open: true,
    when: () => true, load: () => import("./latency.js") },
  { id: "study-verdict", title: "Verdict and economics", about: "edge or region, what it costs, what would change it", open: true,
    when: () => true, load: () => import("./money.js") },
  { id: "study-curves", title: "Trade-off curves", about: "sites against reach, failures or share of people",
    when: () => true, load: () => import("./curves.js") },
  { id: "study-rollout", title: "Roll-out", about: "which site to open first", when: () => true, load: () => import("./rollout.js") },
];

/**
 * Fills ``root`` with the panels that ``plan`` has; wanted: ids of panels to open.
 * on: {nameOf(id), focus(kind, id), fail(ids), highlight(ids), open(planId), whenQuiet: promise after which panels may open unasked}.
 * Returns {select(kind, id), failed(), close(), opened}: close() ends whatever still asks the service.
 */
export function renderStudies(root, plan, on, wanted = []) {
  root.hidden = !plan.sites;
  const shown = [];
  if (root.hidden) return { select() {}, close() {}, opened: [] };
  let closed = false;
  const panels = STUDIES.filter((study) => study.when(plan)).map((study) => {
    const body = el("div", { class: "study-body", "aria-busy": "true" });
    const panel = el("details", { class: "card study", id: study.id },
      el("summary", {}, el("h2", {}, study.title), el("span", { class: "hint" }, study.about)), body);
    let drawn = false;
    const draw = async () => {
      if (!panel.open || drawn) return;
      drawn = true;
      fill(body, el("p", { class: "hint", role: "status" }, "Working it out …"));
      try {
        const { render } = await study.load();
        const part = closed ? null : await render(body, plan, on);
        if (closed) part?.close?.();
        else if (part) shown.push(part);
      } catch (error) {
        fill(body, el("p", { class: "errors", role: "alert" }, error.message));
      }
      body.removeAttribute("aria-busy");
    };
    panel.addEventListener("toggle", draw);
    panel.open = wanted.includes(study.id);
    return panel;
  });
  fill(root, panels);
  on.whenQuiet.then(() => request(`/datasets/${encodeURIComponent(plan.request.demand)}`)).then(({ rows }) => {
    if (rows > QUICK_POINTS) return;
    STUDIES.filter((study) => study.open && !closed).forEach(({ id }) => panels.filter((panel) => panel.id === id).forEach((panel) => { panel.open = true; }));
  }, (error) => console.error(error));
  return {
    select: (kind, id) => shown.forEach((part) => part.select?.(kind, id)),
    close() {
      closed = true;
      shown.forEach((part) => part.close?.());
    },
    get opened() { return panels.filter((panel) => panel.open).map((panel) => panel.id); },
  };
}
