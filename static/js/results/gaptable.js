// The places with too few candidates, as a table.

import { measure, number } from "../format.js";
import { sortableTable } from "./table.js";

/** gaps: rows of GET …/gaps or of a preview. */
export function gapTable(gaps, { onPick = null } = {}) {
  return sortableTable({
    label: "Coverage gaps",
    rows: gaps,
    sort: ["population", "descending"],
    shown: 50,
    onPick,
    columns: [
      { key: "name", label: "Place", text: true },
      { key: "population", label: "People", format: number },
      { key: "candidates_in_reach", label: "Candidates in reach", format: number },
      { key: "candidates_needed", label: "Needed", format: number },
      { key: "smallest_radius_km", label: "Enough at", format: (km) => measure(Math.ceil(km * 10) / 10, "km") },
    ],
  });
}
