// The settings of a plan: from the form to the body of POST /plans, and back.

import { clearErrors, hasErrors, showErrors, spreadErrors } from "./errors.js";
import { counted, limitText, measure } from "./format.js";

const FIBRE_MS_PER_100_KM = 1.02;

let touched = false;

/** Whether the person has changed anything yet. */
export function isTouched() {
  return touched;
}

export function bindForm(onSubmit) {
  const form = document.getElementById("plan-form");
  const start = document.getElementById("start");
  form.addEventListener("input", () => {
    touched = true;
    explain(form);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors();
    const body = readBody(form);
    if (!body) {
      form.querySelector("[aria-invalid]")?.focus();
      return;
    }
    start.disabled = true;
    try {
      await onSubmit(body);
    } catch (error) {
      if (!error.lines) throw error;
      spreadErrors(error);
    } finally {
      start.disabled = false;
    }
  });
  explain(form);
}

/** The request body, or null with the errors shown. */
function readBody(form) {
  const data = new FormData(form);
  const number = (field, low, high, what) => {
    const value = Number(data.get(field));
    const good = data.get(field).trim() !== "" && Number.isFinite(value) && value >= low && value <= high;
    if (!good) showErrors(field, [`expected ${what}`]);
    return good ? value : null;
  };
  const chosen = (role, what) => {
    if (!data.get(role) && !hasErrors(role)) showErrors(role, [`choose a data set or upload a file with the ${what}`]);
    return data.get(role) || null;
  };
  const radius = number("radius", 1e-6, 20_100, "a number of km above 0 and at most 20,100");
  const seconds = number("seconds", 1, 86_400, "a number of seconds from 1 to 86,400");
  const demand = chosen("demand", "places");
  const candidates = chosen("candidates", "candidate sites");
  if ([radius, seconds, demand, candidates].includes(null)) return null;
  const survive = Number(data.get("survive"));
  return {
    name: data.get("name").trim() || defaultName(form, radius, survive),
    demand,
    candidates,
    reach: { radius_km: radius },
    survive,
    cover: { fraction: 1.0, uncoverable: data.get("uncoverable") },
    limits: { seconds, gap: 0.0 },
  };
}

function defaultName(form, radius, survive) {
  const dataset = form.elements.demand.selectedOptions[0]?.textContent ?? "Plan";
  return `${dataset}, ${limitText(radius, "km")}, ${survive === 0 ? "no failure" : counted(survive, "failure", "failures")}`.slice(0, 200);
}

/** Shows the settings of a plan that is there, as the start of the next one. */
export function fillForm(request, datasets) {
  const form = document.getElementById("plan-form");
  datasets.select("demand", request.demand);
  datasets.select("candidates", request.candidates);
  form.elements.radius.value = request.reach.radius_km;
  form.elements.survive.value = String(request.survive);
  form.elements.uncoverable.value = request.cover.uncoverable;
  form.elements.seconds.value = request.limits.seconds;
  explain(form);
}

function explain(form) {
  const radius = Number(form.elements.radius.value);
  document.getElementById("radius-help").textContent = radius > 0
    ? `${measure((radius / 100) * FIBRE_MS_PER_100_KM, "ms")} round trip in fibre` : "";
  const needed = Number(form.elements.survive.value) + 1;
  document.getElementById("survive-help").textContent =
    `Every place gets ${counted(needed, "open site", "open sites")} in reach`;
}
