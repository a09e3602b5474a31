// Coverage gaps: who cannot be protected, why, and what to do about it.

import { planGaps, planUrl } from "./api.js";
import { el, fill, userText } from "./dom.js";
import { counted, limitText, measure, number } from "./format.js";
import { gapWords } from "./summary.js";

const SHOWN = 25;

/** replan(changes) starts the same plan with some settings changed. */
export async function renderGaps(root, plan, replan) {
  const infeasible = plan.outcome === "infeasible";
  root.hidden = !plan.gaps?.points;
  if (root.hidden) return;
  const collection = await planGaps(plan.id);
  const gaps = collection.features.map((feature) => feature.properties)
    .sort((a, b) => b.population - a.population);
  fill(root,
    el("h2", {}, counted(gaps.length, "coverage gap", "coverage gaps")),
    el("p", {}, infeasible
      ? "Nothing was planned, because the places below cannot be protected. Exempt them, give sites more reach, or add candidates near them."
      : `${gapWords(plan)} in reach. ${gaps.length === 1 ? "It is served as well as it can be" : "They are served as well as can be"
      }; every other place is protected.`),
    infeasible ? actions(plan, gaps, replan) : null,
    table(gaps),
    gaps.length > SHOWN ? el("p", { class: "hint" }, `The ${SHOWN} with most people of ${number(gaps.length)}. `,
      el("a", { href: `${planUrl(plan.id, "gaps")}?format=csv`, download: "gaps.csv" }, "Download all of them")) : null);
}

function actions(plan, gaps, replan) {
  const reaches = gaps.map((gap) => gap.smallest_radius_km);
  const enough = reaches.every((reach) => reach !== null && reach !== undefined)
    ? Math.ceil(Math.max(...reaches) * 10 + 1e-6) / 10 : null;
  return el("div", { class: "actions" },
    el("button", { type: "button", class: "primary", id: "exempt-gaps", onclick: () => replan({ uncoverable: "exempt" }) },
      gaps.length === 1 ? "Exempt it and plan again" : "Exempt them and plan again"),
    enough === null
      ? el("p", { class: "hint" }, "No radius would do for all of them: there are too few candidates.")
      : el("button", { type: "button", id: "raise-radius", onclick: () => replan({ radius_km: enough }) },
        `Raise the reach to ${limitText(enough, "km")} and plan again`));
}

function table(gaps) {
  const headings = ["Place", "People", "Candidates in reach", "Needed", "Enough at"];
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Coverage gaps" }, el("table", {},
    el("thead", {}, el("tr", {}, headings.map((heading) => el("th", { scope: "col" }, heading)))),
    el("tbody", {}, gaps.slice(0, SHOWN).map((gap) => el("tr", {},
      el("th", { scope: "row" }, userText(gap.name || gap.id)),
      el("td", {}, number(gap.population)),
      el("td", {}, number(gap.candidates_in_reach)),
      el("td", {}, number(gap.candidates_needed)),
      el("td", {}, typeof gap.smallest_radius_km === "number"
        ? measure(Math.ceil(gap.smallest_radius_km * 10) / 10, "km") : "no radius"))))));
}
