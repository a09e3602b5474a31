// The form of a plan: kept while it is filled in, explained as it changes, sent when it is right.

import { clearErrors, hasErrors, showErrors, spreadErrors } from "./errors.js";
import { request } from "../api.js";
import { counted } from "../format.js";
import { fieldsOfRequest, optionsSet, readBody } from "./body.js";
import { dropDraft, fieldsOf, keepDraft, putFields, readDraft } from "./draft.js";
import { createPicks } from "./picks.js";
import { bindOptions } from "./options.js";
import { bindReach } from "./reach.js";

/**
 * datasets: see datasets.js · points(): {ids, names} of the chosen candidates
 * on: {change(body, faults), submit(body), named(candidates): ids are chosen whose names may not be known}.
 */
export function bindForm(datasets, points, on) {
  const form = document.getElementById("plan-form");
  const start = document.getElementById("start");
  let touched = false;
  let draftOpen = false;

  const collect = () => readBody(form, { picks, reach, options }, datasets.nameOf);
  const keep = () => keepDraft({
    fields: fieldsOf(form), required: picks.ids("required"), forbidden: picks.ids("forbidden"), open: draftOpen,
  });
  const changed = () => {
    touched = true;
    options.follow();
    const { body, faults } = collect();
    explain(form, body, reach, options);
    keep();
    on.change(body, faults);
  };
  const picks = createPicks(points, changed);
  const reach = bindReach(form, changed);
  const options = bindOptions(form, datasets);
  const ready = Promise.all([request("/catalogue"), datasets.ready]).then(([catalogue]) => {
    reach.fillCatalogue(catalogue);
    options.fillCatalogue(catalogue);
    options.follow();
    explain(form, collect().body, reach, options);
  });

  form.addEventListener("input", ({ target }) => {
    const field = target.closest("[data-field]")?.dataset.field;
    // What is being put right is no longer wrong; what is wrong with a file only another file puts right.
    if (field && !document.getElementById(`${field}-file`) && document.getElementById(`${field}-errors`)) showErrors(field, []);
    changed();
  });
  form.addEventListener("change", (event) => event.target.matches("select") && changed());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors();
    const { body, faults } = collect();
    const news = faults.filter(([field]) => !hasErrors(field));
    news.forEach(([field, line]) => showErrors(field, [line]));
    if (faults.length) {
      const first = form.querySelector("[aria-invalid]");
      first?.closest("details.options")?.setAttribute("open", "");
      first?.focus();
      return;
    }
    start.disabled = true;
    try {
      await on.submit(body);
      dropDraft();
      touched = false;
    } catch (error) {
      if (!error.lines) throw error;
      spreadErrors(error);
    } finally {
      start.disabled = false;
    }
  });
  const put = (fields, required, forbidden) => {
    for (const role of ["demand", "candidates", "rtt"]) if (fields[role]) datasets.select(role, fields[role]);
    options.follow();
    putFields(form, fields);
    picks.set("required", required);
    picks.set("forbidden", forbidden);
    if (required.length + forbidden.length) on.named(fields.candidates);
    explain(form, collect().body, reach, options);
  };
  return {
    ready,
    budget: reach.budget,
    picks,
    collect,
    changed,
    isTouched: () => touched,
    /** Shows the settings of a plan that is there, as the start of the next one. */
    show(asked) {
      put({ ...fieldsOfRequest(asked), ...reach.fieldsOf(asked.reach) }, idsOf(asked.required), idsOf(asked.forbidden));
      putFields(form, options.fieldsOf(asked));
      explain(form, collect().body, reach, options);
    },
    /** Adds what was marked on the map to what the plan asked for; the set-up view stays as it is. */
    mark(asked, required, forbidden) {
      const without = (ids, others) => ids.filter((id) => !others.includes(id));
      picks.set("required", [...new Set([...without(idsOf(asked.required), forbidden), ...required])]);
      picks.set("forbidden", [...new Set([...without(idsOf(asked.forbidden), required), ...forbidden])]);
      on.named(form.elements.candidates.value);
      explain(form, collect().body, reach, options);
    },
    /** Sets some fields as if somebody had typed them. */
    set(fields) {
      putFields(form, fields);
      changed();
    },
    /** Brings back what was being filled in before a reload; true when the set-up view was open. */
    restore() {
      const draft = readDraft();
      if (!draft) return false;
      put(draft.fields, draft.required, draft.forbidden);
      touched = true;
      draftOpen = draft.open;
      return draftOpen;
    },
    /** Remembers whether the set-up view is open. */
    remember(open) {
      draftOpen = open;
      keep();
    },
    forget() {
      touched = false;
      draftOpen = false;
      dropDraft();
    },
  };
}

const idsOf = (choice) => (Array.isArray(choice) ? choice : []);

function explain(form, body, reach, options) {
  reach.explain(body.reach);
  options.explain(body);
  document.getElementById("survive-help").textContent =
    `Every place gets ${counted(body.survive + 1, "open site", "open sites")} in reach`;
  const set = optionsSet(body);
  document.getElementById("options-set").textContent = set ? `${set} set` : "";
}
