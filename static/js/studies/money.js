// The verdict and the economics behind it: one answer of the service, asked again when an input changes.

import { post } from "../api.js";
import { el, fill } from "../dom.js";
import { number } from "../format.js";
import { costTable } from "./costs.js";
import { inputsForm } from "./inputs.js";
import { keptInputs } from "./keptinputs.js";
import { redundancyView } from "./redundancy.js";
import { saveButton } from "./save.js";
import { tornado } from "./tornado.js";
import { verdictView } from "./verdict.js";
import { planPath } from "./words.js";

export async function render(root, plan) {
  const kept = keptInputs();
  let withRedundancy = false;
  let asked = 0;
  const parts = Object.fromEntries(["note", "verdict", "costs", "tornado", "redundancy"].map((name) => [name, el("div", { id: `money-${name}` })]));
  const fault = el("ul", { class: "errors", role: "alert" });
  const form = inputsForm({ change: changed, reset });
  const body = () => ({ overrides: kept.values(), redundancy: withRedundancy });

  fill(root, parts.note, fault, parts.verdict, parts.costs, parts.tornado, form.element, parts.redundancy,
    el("div", { class: "study-part" }, el("h3", {}, "Every number, with its formula"),
      el("p", {}, "Each result with its unit, its formula and the inputs it was computed from; each site with its load, size, power and cost."),
      el("div", { class: "actions" }, [["trace", "Trace as CSV"], ["sites", "Sites as CSV"], ["inputs", "Inputs as CSV"], ["sensitivity", "Sensitivity as CSV"]].map(([table, text]) =>
        saveButton(text, `${planPath(plan.id, "economics")}?format=csv&table=${table}`, () => ({ ...body(), redundancy: false }), `economics-${table}.csv`)))));

  async function ask() {
    const mine = ++asked;
    root.setAttribute("aria-busy", "true");
    try {
      const told = await post(planPath(plan.id, "economics"), body());
      if (mine !== asked) return;
      fill(fault);
      show(told);
    } catch (error) {
      if (mine !== asked) return;
      if (!form.refuse(error)) fill(fault, (error.lines ?? [error.message]).map((line) => el("li", {}, line)));
    } finally {
      if (mine === asked) root.removeAttribute("aria-busy");
    }
  }

  function show(told) {
    const count = Object.keys(kept.values()).length;
    fill(parts.note, count === 0 ? null : el("p", { class: "changed-note", role: "status" },
      `With ${number(count)} of your own ${count === 1 ? "input" : "inputs"}, marked “changed” below. `,
      el("button", { type: "button", class: "pick", id: "reset-inputs", onclick: reset }, "Back to the defaults")));
    verdictView(parts.verdict, told, plan.request);
    costTable(parts.costs, told);
    tornado(parts.tornado, told);
    form.show(told.inputs, kept.values());
    redundancyView(parts.redundancy, told, compare);
  }

  function changed(name, value) {
    kept.set(name, value);
    ask();
  }

  function reset() {
    kept.clear();
    ask();
  }

  async function compare() {
    withRedundancy = true;
    await ask();
  }

  await ask();
}
