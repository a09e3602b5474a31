// The places with too few candidates, as a table.

import { measure, number } from "../format.js";
import { sortableTable } from "./table.js";

const upTo = (unit) => (value) => measure(Math.ceil(value * 10) / 10, unit);
const ENOUGH = [
  { key: "smallest_radius_km", label: "Enough at", format: upTo("km") },
  { key: "smallest_radius_rtt_ms", label: "Enough at", format: upTo("ms") },
  { key: "smallest_rtt_ms", label: "Enough at", format: upTo("ms") },
  { key: "smallest_slo_ms", label: "Or promising", format: upTo("ms") },
];

/** gaps: rows of GET …/gaps or of a preview. */
export function gapTable(gaps, { onPick = null } = {}) {
  return sortableTable({
    label: "Table of coverage gaps",
    rows: gaps,
    sort: ["population", "descending"],
    shown: 50,
    onPick,
    columns: [
      { key: "name", label: "Place", text: true },
      { key: "population", label: "People", format: number },
      { key: "candidates_in_reach", label: "Candidates in reach", format: number },
      { key: "candidates_needed", label: "Needed", format: number },
      ...ENOUGH.filter(({ key }) => gaps.some((gap) => Number.isFinite(gap[key]))),
    ],
  });
}
