// How far a site reaches: a radius, what a promise in ms leaves for distance, or what was measured.

import { post } from "../api.js";
import { el, fill } from "../dom.js";
import { measure } from "../format.js";
import { renderWaterfall } from "./waterfall.js";

const FIBRE_MS_PER_100_KM = 1.02;
const OWN = "";
const PAUSE_MS = 200;
/** Which figure a choice of the catalogue fills in. */
const FIGURES = { access: { access_ms: "ms" }, preset: { base_ms: "base_ms", route_factor: "route_factor" } };

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** changed(): some field was filled in by this module. */
export function bindReach(form, changed) {
  const waterfall = document.getElementById("waterfall");
  let tables = { access: [], preset: [] };
  let asking = null;
  let budget = Promise.resolve(null);
  const field = (name) => form.elements[name];
  const kind = () => field("reach_kind").value;

  const fillCatalogue = (catalogue) => {
    tables = { access: catalogue.access_networks, preset: catalogue.routes };
    for (const [name, entries] of Object.entries(tables)) {
      fill(field(name), entries.map((entry) => el("option", { value: entry.name }, entry.label)), el("option", { value: OWN }, "My own figures"));
    }
    field("preset").value = catalogue.default_preset;
    fill(field("fallback"), el("option", { value: "" }, "Are out of reach"),
      catalogue.routes.map((route) => el("option", { value: route.name }, `Estimated: ${route.label}`)));
    field("access").value = "fibre_wifi";
    Object.keys(FIGURES).forEach(takeFigures);
    fill(document.getElementById("thresholds"), catalogue.thresholds.map((threshold) => el("button", {
      type: "button", title: threshold.label, "aria-label": `${threshold.slo_ms} ms. ${threshold.label}`,
      onclick: () => { field("slo_ms").value = threshold.slo_ms; changed(); },
    }, String(threshold.slo_ms))));
  };
  const entryOf = (name) => tables[name].find((entry) => entry.name === field(name).value);

  function takeFigures(name) {
    const entry = entryOf(name);
    if (entry) for (const [figure, key] of Object.entries(FIGURES[name])) field(figure).value = entry[key];
  }
  /** A figure that is not the catalogue's is the planner's own. */
  function noticeOwnFigures() {
    for (const [name, figures] of Object.entries(FIGURES)) {
      const entry = entryOf(name);
      if (entry && Object.entries(figures).some(([figure, key]) => Number(field(figure).value) !== entry[key])) field(name).value = OWN;
    }
  }
  function countTokens() {
    const [first, tokens, each] = ["ttft_ms", "tokens", "ms_per_token"].map((name) => field(name).value.trim());
    if (first === "" && (tokens === "" || each === "")) return;
    const sum = Number(first) + Number(tokens) * Number(each);
    if (Number.isFinite(sum) && sum >= 0) field("inference_ms").value = Number(sum.toFixed(3));
  }
  // Before the form's own listeners hear of it: they read what is filled in here.
  form.addEventListener("input", ({ target }) => {
    if (target.name in FIGURES) takeFigures(target.name);
    if (["ttft_ms", "tokens", "ms_per_token"].includes(target.name)) countTokens();
    else if (target.name === "inference_ms") for (const name of ["ttft_ms", "tokens", "ms_per_token"]) field(name).value = "";
  }, { capture: true });

  return {
    fillCatalogue,
    kind,
    /** The reach of a request body; number and chosen read one field and note what is wrong. */
    read(number, chosen) {
      if (kind() === "radius") return { radius_km: number("radius", 1e-6, 20_100, "a number of km above 0 and at most 20,100") };
      if (kind() === "matrix") {
        return {
          rtt_matrix: chosen("rtt", "measured round trips"),
          max_rtt_ms: number("max_rtt_ms", 0.001, 100_000, "a number of ms above 0"),
          fallback: field("fallback").value || null,
        };
      }
      const ms = (name) => number(name, 0, 100_000, "a number of ms from 0 to 100,000");
      const reach = { slo_ms: number("slo_ms", 1e-3, 100_000, "a number of ms above 0") };
      for (const name of ["queueing_ms", "inference_ms", "access_ms", "base_ms"]) reach[name] = ms(name);
      reach.route_factor = number("route_factor", 0.01, 100, "a factor above 0 and at most 100");
      // Named, so that the answer can say whose figures they are.
      for (const name of Object.keys(FIGURES)) if (field(name).value !== OWN) reach[name] = field(name).value;
      return reach;
    },
    /** Shows the fields of the chosen kind, and what the figures come to. */
    explain(reach) {
      for (const part of document.querySelectorAll(".reach-part")) part.hidden = part.dataset.reach !== kind();
      const radius = reach.radius_km;
      document.getElementById("radius-help").textContent = radius > 0
        ? `${measure((radius / 100) * FIBRE_MS_PER_100_KM, "ms")} round trip in fibre` : "";
      noticeOwnFigures();
      asking?.abort();
      budget = Promise.resolve(null);
      if (kind() !== "latency" || Object.values(reach).includes(null)) return;
      asking = new AbortController();
      const { signal } = asking;
      budget = pause(PAUSE_MS).then(() => (signal.aborted ? null : post("/budget", reach, {}, signal))).then((found) => {
        if (found && !signal.aborted) renderWaterfall(waterfall, found);
        return found;
      }).catch((error) => {
        if (error.name !== "AbortError") fill(waterfall, el("p", { class: "refusal" }, error.message));
        return null;
      });
    },
    /** The answer of POST /budget to the fields as last explained; null for another kind of reach. */
    budget: () => budget,
    fieldsOf(reach) {
      if ("radius_km" in reach) return { reach_kind: "radius", radius: reach.radius_km };
      if ("rtt_matrix" in reach) {
        return { reach_kind: "matrix", rtt: reach.rtt_matrix, max_rtt_ms: reach.max_rtt_ms, fallback: reach.fallback ?? "" };
      }
      const fields = { reach_kind: "latency", ttft_ms: "", tokens: "", ms_per_token: "" };
      for (const name of ["slo_ms", "queueing_ms", "inference_ms", "access_ms", "base_ms", "route_factor"]) {
        if (reach[name] !== null && reach[name] !== undefined) fields[name] = reach[name];
      }
      for (const name of Object.keys(FIGURES)) fields[name] = reach[name] ?? OWN;
      return fields;
    },
  };
}
