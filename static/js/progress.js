// A plan in the making: what is going on, and between which two numbers the answer lies.

import { cancelPlan } from "./api.js";
import { el, fill } from "./dom.js";
import { duration, number, percent } from "./format.js";

const PHASES = {
  queued: "Waiting for a free solver",
  starting: "Starting",
  reading: "Reading the data",
  coverage: "Finding which site reaches which place",
  reduction: "Shrinking the problem without changing its answer",
  search: "Searching for good plans",
  proof: "Closing the gap between plan and proof",
  verify: "Checking the plan, failing every site in turn",
};

export function createProgress(root) {
  const parts = {
    phase: el("p", { class: "phase", role: "status" }),
    bar: el("div", { class: "span", "aria-hidden": "true" }, el("span", { class: "fill" })),
    sentence: el("p", { class: "sentence" }),
    figures: el("dl", { class: "figures" }),
    clock: figure("Time", "", "seconds"),
    cancel: el("button", { type: "button", class: "quiet" }, "Stop"),
  };
  let seen = {};
  let phaseShown = "";
  let startedAt = null;
  let limit = 0;
  let timer = null;
  const tick = () => {
    const seconds = startedAt === null ? 0 : (performance.now() - startedAt) / 1000;
    parts.clock.lastChild.textContent = `${duration(Math.floor(seconds))} of ${duration(limit)}`;
  };

  return {
    show(plan) {
      seen = {};
      phaseShown = "";
      fill(root, el("h2", {}, "Solving"), parts.phase, parts.bar, parts.sentence, parts.figures, parts.cancel);
      parts.cancel.disabled = false;
      parts.cancel.onclick = async () => {
        parts.cancel.disabled = true;
        await cancelPlan(plan.id).catch(() => { parts.cancel.disabled = false; });
      };
      root.hidden = false;
      startedAt = null;
      limit = plan.request.limits.seconds;
      clearInterval(timer);
      timer = setInterval(tick, 1000);
      this.update({ state: plan.state, ...plan.progress }, plan);
    },
    update(event, plan) {
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
      if (Number.isFinite(event.seconds)) startedAt = performance.now() - 1000 * event.seconds;
      tick();
    },
    hide() {
      clearInterval(timer);
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
