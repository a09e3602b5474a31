// The options that depend on the chosen candidates and on the catalogue: shared risk, tiers, the model to host.

import { post } from "../api.js";
import { el, fill, userText } from "../dom.js";
import { counted, measure } from "../format.js";

const OWN_MEANING = new Set([
  "id", "name", "lat", "lon", "latitude", "longitude", "geometry", "status", "cost_usd", "capacity", "reach_km", "reach_ms", "power_kw", "tier",
]);
const NO_MODEL = "";
const PAUSE_MS = 300;

export function bindOptions(form, datasets) {
  let tiers = [];
  let drawnFor = null;
  let asking = null;
  const field = (name) => form.elements[name];
  const checked = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value);
  const choices = (name, entries, kept) => fill(document.getElementById(`${name}-choices`), entries.map(([value, label]) => {
    const box = el("input", { type: "checkbox", name, value, "data-many": "" });
    box.checked = kept.includes(value);
    return el("label", { class: "choice" }, box, userText(label, "span"));
  }));

  /** The choices that the candidates' columns allow; what was chosen and is still there stays chosen. */
  function follow(keep = {}) {
    const dataset = datasets.chosen("candidates");
    const columns = dataset?.columns ?? [];
    const key = JSON.stringify([dataset?.id, keep]);
    if (key === drawnFor) return;
    drawnFor = JSON.stringify([dataset?.id, {}]);
    const groups = columns.filter((column) => !OWN_MEANING.has(column));
    choices("shared_risk", groups.map((column) => [column, column]), keep.shared_risk ?? checked("shared_risk"));
    document.getElementById("shared_risk-field").hidden = groups.length === 0;
    for (const kind of ["required", "forbidden"]) {
      const select = field(`${kind}_column`);
      const chosen = keep[kind] ?? select.value;
      fill(select, el("option", { value: "" }, "or by a column that says yes: none"), groups.map((column) => el("option", { value: column }, column)));
      select.value = groups.includes(chosen) ? chosen : "";
      select.hidden = groups.length === 0;
    }
    choices("tiers", tiers.map((tier) => [tier.name, tier.label]), keep.tiers ?? checked("tiers"));
    document.getElementById("tiers-field").hidden = !columns.includes("tier");
  }

  function explainModel(model, candidates) {
    const help = document.getElementById("model-help");
    document.getElementById("model-more").hidden = model === null;
    asking?.abort();
    if (model === null || Object.values(model).includes(null)) {
      help.textContent = "Candidates without the power (column power_kw) are left out and counted";
      return;
    }
    asking = new AbortController();
    const { signal } = asking;
    setTimeout(() => !signal.aborted && post("/model-fit", { ...model, candidates: candidates || null }, {}, signal)
      .then((fit) => { help.textContent = fitWords(fit); })
      .catch((error) => { if (error.name !== "AbortError") help.textContent = error.message; }), PAUSE_MS);
  }

  /** Which numbers the objective asks for, and whether the candidates have costs. */
  function explainObjective({ objective }) {
    const means = objective === "population";
    for (const part of form.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "means") !== means;
    const priced = (datasets.chosen("candidates")?.columns ?? []).includes("cost_usd");
    document.getElementById("objective-help").textContent = means ? "The most people protected with what may be spent"
      : objective === "sites" ? "" : priced ? "USD, from the column cost_usd" : "Needs a column cost_usd in the candidates";
  }

  return {
    fillCatalogue(catalogue) {
      tiers = catalogue.tiers;
      const option = (entry) => el("option", { value: entry.name }, entry.label);
      fill(field("model"), el("option", { value: NO_MODEL }, "Any: power does not matter"), catalogue.models.map(option));
      fill(field("accelerator"), catalogue.accelerators.map(option));
      const wanted = catalogue.accelerators.find((entry) => entry.name === "l40s") ?? catalogue.accelerators[0];
      field("accelerator").value = wanted.name;
    },
    follow,
    /** The options as parts of a request body. */
    read(number) {
      const model = field("model").value === NO_MODEL ? null : {
        name: field("model").value,
        accelerator: field("accelerator").value,
        users: number("users", 1, 1_000_000, "a whole number of users from 1 to 1,000,000", true),
        tokens_per_s: number("tokens_per_s", 0.1, 100_000, "a number of tokens per second from 0.1"),
        unknown_power: field("unknown_power").checked ? "exclude" : "keep",
      };
      const columns = datasets.chosen("candidates")?.columns ?? [];
      const used = columns.includes("tier") ? checked("tiers") : [];
      return {
        shared_risk: checked("shared_risk").length ? checked("shared_risk") : null,
        tiers: used.length ? used : null,
        model,
        demand_as: field("entire").checked ? "entire" : "point",
        polished: field("polished").checked,
      };
    },
    explain(body) {
      explainObjective(body);
      explainModel(body.model, body.candidates);
    },
    /** The fields that ask for what ``request`` asks for. */
    fieldsOf(request) {
      follow({
        required: request.required?.column ?? "", forbidden: request.forbidden?.column ?? "",
        shared_risk: request.shared_risk ?? [], tiers: (request.tiers ?? []).map((tier) => tier.tier ?? tier),
      });
      const { model } = request;
      return {
        entire: request.demand_as === "entire",
        polished: request.polished ?? true,
        model: model?.name ?? NO_MODEL,
        ...(model ? {
          accelerator: model.accelerator, users: model.users, tokens_per_s: model.tokens_per_s,
          unknown_power: model.unknown_power === "exclude",
        } : {}),
      };
    },
  };
}

function fitWords({ hosting, candidates, refusal }) {
  if (refusal) return refusal;
  const need = `Needs ${measure(hosting.site_kw, "kW")} at each site (${counted(hosting.installed, "accelerator", "accelerators")}).`;
  if (!candidates) return need;
  const { can_host: able, too_small: small, unknown } = candidates;
  const parts = [
    able ? `${counted(able, "candidate has", "candidates have")} it` : null,
    small ? `${counted(small, "has", "have")} less` : null,
    unknown ? `of ${counted(unknown, "one", "candidates")} the power is not known` : null,
  ].filter(Boolean).join(", ");
  return `${need} ${parts.charAt(0).toUpperCase()}${parts.slice(1)}.`;
}
