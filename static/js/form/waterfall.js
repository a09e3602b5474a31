// A promise taken apart beside its fields: what each term takes and leaves, and how far the rest carries.

import { el, fill } from "../dom.js";
import { limitText, measure } from "../format.js";

/** root: the box of the sum · budget: the answer of POST /budget. */
export function renderWaterfall(root, budget) {
  const termOf = new Map(budget.waterfall.map((term) => [term.name, term]));
  for (const line of document.querySelectorAll(".left[data-term]")) {
    const name = line.dataset.term;
    const term = termOf.get(name) ?? (name === "inference" ? inference(termOf) : null);
    if (term) showLeft(line, term, budget.slo_ms);
  }
  fill(root,
    budget.refusal
      ? el("p", { class: "refusal" }, capital(budget.refusal.sentence))
      : el("p", { class: "leaves" }, "Leaves ", el("strong", {}, limitText(Math.floor(budget.radius_km * 10) / 10, "km")), " around each site"),
    el("details", { class: "sources" }, el("summary", {}, "Where the figures come from"),
      el("ul", {}, budget.waterfall.map((term) => el("li", {}, el("strong", {}, term.label), `: ${measure(term.ms, "ms")}. `, term.source)))));
}

/** First token and decode, when the service tells them apart. */
function inference(termOf) {
  const parts = ["ttft", "decode"].map((name) => termOf.get(name)).filter(Boolean);
  return parts.length ? { ms: parts.reduce((sum, part) => sum + part.ms, 0), left_ms: parts[parts.length - 1].left_ms } : null;
}

function showLeft(line, term, promised) {
  const [track, rest] = line.children;
  const bar = track.firstElementChild;
  const before = Math.min(promised, Math.max(0, promised - term.left_ms - term.ms));
  bar.style.marginInlineStart = `${(100 * before) / promised}%`;
  bar.style.inlineSize = `${(100 * Math.min(term.ms, promised - before)) / promised}%`;
  const over = term.left_ms < -1e-9;
  line.classList.toggle("over", over);
  rest.textContent = over ? `${measure(-term.left_ms, "ms")} too much` : `${measure(term.left_ms, "ms")} left`;
}

const capital = (text) => text.charAt(0).toLocaleUpperCase("en") + text.slice(1);
