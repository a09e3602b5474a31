// A plan in the making: what is going on, and between which two numbers the answer lies.

import { cancelPlan, stopPlan } from "../api.js";
import { chart } from "../charts/chart.js";
import { el, fill } from "../dom.js";
import { duration, number, percent } from "../format.js";
import { history } from "./history.js";

const PHASES = {
  queued: "Waiting for a free solver",
  starting: "Starting",
  reading: "Reading the data",
  coverage: "Finding which site reaches which place",
  reduction: "Shrinking the problem without changing its answer",
  search: "Searching for good plans",
  proof: "Closing the gap between plan and proof",
  polish: "Among plans of this size, moving sites nearer to the people",
  verification: "Checking the plan, failing every site in turn",
  done: "Done",
};
const REDRAW_MS = 400;

export function createProgress(root) {
  const parts = {
    phase: el("p", { class: "phase", role: "status" }),
    bar: el("div", { class: "span", "aria-hidden": "true" }, el("span", { class: "fill" })),
    sentence: el("p", { class: "sentence" }),
    figures: el("dl", { class: "figures" }),
    clock: figure("Time", "", "seconds"),
    chart: el("div", { class: "progress-chart" }),
    stop: el("button", { type: "button", class: "primary", id: "stop-plan" }, "Stop with what is there"),
    cancel: el("button", { type: "button", class: "quiet", id: "cancel-plan" }, "Cancel"),
    wish: el("p", { class: "hint", role: "status" }),
  };
  let seen = {};
  let past = history("sites");
  let phaseShown = "";
  let startedAt = null;
  let limit = 0;
  let timer = null;
  let drawing = null;
  let redraw = null;

  const tick = () => {
    const seconds = startedAt === null ? 0 : (performance.now() - startedAt) / 1000;
    parts.clock.lastChild.textContent = `${duration(Math.floor(seconds))} of ${duration(limit)}`;
  };
  const ask = (call, told) => async () => {
    parts.stop.disabled = true;
    parts.cancel.disabled = call === cancelPlan;
    parts.wish.textContent = told;
    await call(seen.id).catch((error) => {
      parts.stop.disabled = false;
      parts.cancel.disabled = false;
      parts.wish.textContent = error.status === 409 ? "" : error.message;
    });
  };
  parts.stop.onclick = ask(stopPlan, "Ending with the best plan so far …");
  parts.cancel.onclick = ask(cancelPlan, "Cancelling …");
  const draw = () => {
    redraw = null;
    if (past.length < 2 || root.hidden) return;
    const spec = past.spec();
    drawing ??= chart(parts.chart, spec);
    drawing.then((drawn) => drawn.update(spec)).catch((error) => console.error(error));
  };

  return {
    show(plan) {
      this.hide();
      seen = { id: plan.id };
      past = history(plan.request.objective);
      phaseShown = "";
      fill(parts.chart);
      fill(root, el("h2", {}, "Solving"), parts.phase, parts.bar, parts.sentence, parts.figures, parts.chart,
        el("div", { class: "actions" }, parts.stop, parts.cancel, parts.wish));
      parts.stop.disabled = false;
      parts.cancel.disabled = false;
      parts.wish.textContent = "";
      root.hidden = false;
      startedAt = null;
      limit = plan.request.limits.seconds;
      timer = setInterval(tick, 1000);
      this.update({ state: plan.state, ...plan.progress });
    },
    update(event) {
      seen = { ...seen, ...Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null)) };
      const phase = seen.phase ?? (seen.state === "queued" ? "queued" : "starting");
      if (phase !== phaseShown) {
        phaseShown = phase;
        parts.phase.textContent = PHASES[phase] ?? phase;
      }
      const { incumbent, bound } = seen;
      const both = Number.isFinite(incumbent) && Number.isFinite(bound) && incumbent > 0;
      parts.bar.firstChild.style.inlineSize = both ? `${Math.max(2, (100 * bound) / incumbent)}%` : "0";
      parts.sentence.textContent = sentence(incumbent, bound);
      fill(parts.figures,
        figure("Best plan so far", Number.isFinite(incumbent) ? number(incumbent) : "–", "incumbent"),
        figure("No plan below", Number.isFinite(bound) ? number(Math.ceil(bound - 1e-6)) : "–", "bound"),
        figure("Gap", both ? percent(Math.max(0, (incumbent - bound) / incumbent)) : "–", "gap"),
        parts.clock);
      if (Number.isFinite(event.seconds)) {
        startedAt = performance.now() - 1000 * event.seconds;
        past.add(event);
        redraw ??= setTimeout(draw, REDRAW_MS);
      }
      tick();
    },
    hide() {
      clearInterval(timer);
      clearTimeout(redraw);
      redraw = null;
      drawing?.then((drawn) => drawn.destroy());
      drawing = null;
      root.hidden = true;
    },
  };
}

function sentence(incumbent, bound) {
  const least = Number.isFinite(bound) ? Math.ceil(bound - 1e-6) : null;
  if (Number.isFinite(incumbent) && least !== null) {
    return least >= incumbent ? `${number(incumbent)} it is: proven.`
      : `The answer lies between ${number(least)} and ${number(incumbent)}.`;
  }
  if (Number.isFinite(incumbent)) return `A plan with ${number(incumbent)} is found; how good it is comes next.`;
  return "";
}

function figure(label, value, key) {
  return el("div", {}, el("dt", {}, label), el("dd", { "data-progress": key }, value));
}
