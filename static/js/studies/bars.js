// Horizontal bars on a common scale.  They decorate a table that says the same in numbers.

import { el } from "../dom.js";

/**
 * A track from ``low`` to ``high`` with bars and a line at ``centre``.
 * spans: [{from, to, kind}] in the track's own unit; kind names the pattern: "solid", "striped", "over".
 */
export function track({ low, high, centre = null, spans }) {
  const at = (value) => (100 * (Math.min(high, Math.max(low, value)) - low)) / (high - low || 1);
  const line = centre === null ? null : el("span", { class: "bars-centre" });
  if (line) line.style.insetInlineStart = `${at(centre)}%`;
  return el("span", { class: "bars-track", "aria-hidden": "true" }, spans.map(({ from, to, kind }) => {
    const bar = el("span", { class: `bars-bar ${kind}` });
    bar.style.insetInlineStart = `${at(Math.min(from, to))}%`;
    bar.style.inlineSize = `${Math.abs(at(to) - at(from))}%`;
    return bar;
  }), line);
}
