// Coverage gaps: who cannot be protected, why, and what to do about it.

import { planRows, planUrl } from "../api.js";
import { el, fill } from "../dom.js";
import { counted, number } from "../format.js";
import { widerReach } from "../reach.js";
import { gapTable } from "./gaptable.js";
import { renderPlaces } from "./places.js";
import { gapWords } from "./summary.js";

/**
 * Says in ``root`` what lacks and what would help; the lists stand there too, or in ``below`` the map when nothing was
 * planned.  on: {replan(changes), focus(kind, id), withCandidates(dataset)}.  Returns {select(kind, id)}.
 */
export async function renderGaps(root, below, plan, on) {
  const infeasible = plan.outcome === "infeasible";
  root.hidden = !plan.gaps?.points;
  if (root.hidden) return { select() {} };
  const gaps = await planRows(plan.id, "gaps");
  const table = gapTable(gaps, { onPick: (gap) => on.focus("gap", gap.id) });
  const download = el("p", { class: "hint" }, el("a", { href: `${planUrl(plan.id, "gaps")}?format=csv`, download: "gaps.csv" },
    `Download ${gaps.length === 1 ? "it" : `all ${number(gaps.length)}`} as CSV`));
  const cures = infeasible ? actions(plan, gaps, on.replan) : null;
  fill(root,
    el("h2", {}, counted(gaps.length, "coverage gap", "coverage gaps")),
    el("p", {}, infeasible
      ? "Nothing was planned, because these places cannot be protected. Exempt them, give sites more reach, or add candidates near them."
      : `${gapWords(plan)} in reach. ${gaps.length === 1 ? "It is served as well as it can be" : "They are served as well as can be"
      }; every other place is protected.`),
    cures, infeasible ? null : [table.element, download]);
  if (infeasible) {
    const places = el("div", { class: "places", id: "places", hidden: true });
    fill(below, el("div", { class: "gap-lists", id: "gap-lists" }, el("div", {}, el("h3", {}, "Who they are"), table.element, download), places));
    below.hidden = false;
    renderPlaces(places, cures, plan, on).catch((error) => console.error(error));
  }
  return { select: (kind, id) => { if (kind === "gap" || kind === "demand") table.mark(id); } };
}

function actions(plan, gaps, replan) {
  const cure = widerReach(plan.request.reach, gaps);
  return el("div", { class: "actions" },
    el("button", { type: "button", class: "primary", id: "exempt-gaps", onclick: () => replan({ uncoverable: "exempt" }) },
      gaps.length === 1 ? "Exempt it and plan again" : "Exempt them and plan again"),
    cure === null
      ? el("p", { class: "hint" }, "No reach would do for all of them: there are too few candidates.")
      : el("button", { type: "button", id: "raise-radius", onclick: () => replan({ reach: cure.reach }) }, `${cure.words} and plan again`));
}
