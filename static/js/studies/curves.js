// Trade-off curves: what to vary, over which values; asked for, followed, cancelled, drawn.

import { cancelPlan, post, request, stopPlan } from "../api.js";
import { el, fill } from "../dom.js";
import { number } from "../format.js";
import { showCurve } from "./curvechart.js";
import { nameOf, offered, parse } from "./curvevalues.js";
import { planPath } from "./words.js";

const POLL_MS = 1000;
const ENDED = new Set(["done", "failed", "cancelled"]);

export async function render(root, plan, on) {
  let closed = false;
  let followed = null;
  let drawn = null;
  const kinds = offered(plan);
  const over = el("select", { id: "curve-over", name: "over" }, kinds.map(({ over: key, label }) => el("option", { value: key }, label)));
  const values = el("input", { id: "curve-values", name: "values", type: "text", autocomplete: "off", required: true, "aria-describedby": "curve-help curve-errors" });
  const seconds = el("input", { id: "curve-seconds", name: "seconds", type: "number", min: 1, max: 3600, step: "any", value: 20, required: true });
  const help = el("p", { class: "help", id: "curve-help" });
  const errors = el("ul", { class: "errors", id: "curve-errors", role: "alert" });
  const start = el("button", { type: "submit", class: "primary", id: "start-curve" }, "Draw the curve");
  const earlier = el("div", { class: "earlier" });
  const progress = el("div", { class: "actions", id: "curve-progress" });
  const result = el("div", { id: "curve-result" });
  const chosen = () => kinds.find((kind) => kind.over === over.value);
  const suggest = () => {
    values.value = chosen().values.join(", ");
    help.textContent = `${chosen().help} Each point starts from its neighbour's sites.`;
  };
  over.addEventListener("change", suggest);
  suggest();
  const form = el("form", { class: "curve-form", novalidate: true, onsubmit: ask },
    field("Vary", over), field("Values", values), field("For each point", el("span", { class: "with-unit" }, seconds, el("span", { class: "unit" }, "s"))), start);
  fill(root, form, help, errors, earlier, progress, result);

  async function ask(event) {
    event.preventDefault();
    fill(errors);
    start.disabled = true;
    try {
      const wanted = { over: over.value, values: parse(values.value), limits: { seconds: Number(seconds.value), gap: plan.request.limits.gap } };
      const job = await post(planPath(plan.id, "curves"), wanted);
      await list(job.id);
    } catch (error) {
      fill(errors, (error.lines ?? [error.message]).map((line) => el("li", {}, line)));
    }
    start.disabled = false;
  }

  function failed(error) {
    fill(errors, el("li", {}, error.message));
  }

  /** The curves there are, newest first; the one with ``id`` (the newest by default) is shown. */
  async function list(id = null) {
    const { curves } = await request(planPath(plan.id, "lineage"));
    const usable = curves.filter((curve) => curve.request.curve).sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    const shown = id ?? usable.find((curve) => curve.request.curve.over !== "survive" || !ENDED.has(curve.state))?.id ?? usable[0]?.id;
    const choose = (event) => follow(event.target.value).catch(failed);
    fill(earlier, usable.length > 1 ? field("Show", el("select", { id: "curve-choice", onchange: choose }, usable.map((curve) =>
      el("option", { value: curve.id, selected: curve.id === shown }, `${nameOf(curve.request.curve)}${curve.state === "cancelled" ? " (cancelled)" : ""}`)))) : null);
    if (shown) follow(shown).catch(failed);
  }

  async function follow(id) {
    followed = id;
    drawn?.close();
    drawn = showCurve(result, plan, on);
    let told = -1;
    while (!closed && followed === id) {
      const curve = await request(planPath(id, "curve"));
      if (closed || followed !== id) return;
      const ended = ENDED.has(curve.state);
      showProgress(curve, ended);
      if (ended || curve.points.length !== told) await drawn.show(curve);
      told = curve.points.length;
      if (ended) return;
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
    }
  }

  function showProgress(curve, ended) {
    const said = `${number(curve.points.length)} of ${number(curve.values.length)} points solved`;
    if (ended) {
      const why = { cancelled: `Cancelled: ${said}.`, failed: `It failed: ${said}.` }[curve.state] ?? (curve.complete ? "" : `Stopped: ${said}.`);
      fill(progress, why ? el("p", { class: "hint", role: "status" }, why) : null);
      return;
    }
    if (progress.dataset.curve === curve.id && progress.firstElementChild?.tagName === "PROGRESS") {
      progress.firstElementChild.value = curve.points.length;
      progress.children[1].textContent = `${said} …`;
      return;
    }
    progress.dataset.curve = curve.id;
    const act = (text, id, run) => {
      const button = el("button", { type: "button", id }, text);
      button.onclick = () => { button.disabled = true; run(curve.id).catch((error) => { progress.children[1].textContent = error.message; }); };
      return button;
    };
    fill(progress, el("progress", { max: curve.values.length, value: curve.points.length, "aria-label": "Points solved" }),
      el("span", { class: "hint", role: "status" }, `${said} …`),
      act("Stop with what is there", "stop-curve", stopPlan), act("Cancel", "cancel-curve", cancelPlan));
  }

  list().catch(failed);
  return {
    close() {
      closed = true;
      drawn?.close();
    },
  };
}

function field(label, control) {
  const input = control.matches("input, select") ? control : control.querySelector("input");
  return el("div", { class: "field" }, el("label", { for: input.id }, label), control);
}
