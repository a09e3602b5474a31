// The numbers behind a chart: as a table on the page and as a CSV file.

import { el } from "../dom.js";

/** columns: [{label, unit, values, format}].  The first column heads each row. */
export function dataTable(columns, label) {
  const rows = Math.max(0, ...columns.map((column) => column.values.length));
  const cell = (column, row, first) => {
    const value = column.values[row];
    const text = value === null || value === undefined ? "–" : (column.format ?? String)(value);
    return first ? el("th", { scope: "row" }, text) : el("td", {}, text);
  };
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    el("table", {},
      el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, heading(column))))),
      el("tbody", {}, Array.from({ length: rows }, (_, row) =>
        el("tr", {}, columns.map((column, i) => cell(column, row, i === 0)))))));
}

export function heading({ label, unit }) {
  return unit ? `${label}, ${unit}` : label;
}

/** A link that saves the columns as CSV; the file is made when the link is used, from ``columns()`` of that moment. */
export function csvLink(columns, file, text = "Download as CSV") {
  const link = el("a", { href: "#", download: file, class: "download" }, text);
  link.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([csvText(columns())], { type: "text/csv" }));
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  return link;
}

/** RFC 4180; texts that a spreadsheet would run as a formula get an apostrophe, as in the service's own exports. */
export function csvText(columns) {
  const rows = Math.max(0, ...columns.map((column) => column.values.length));
  const lines = [columns.map(heading).map(quoted)];
  for (let row = 0; row < rows; row += 1) lines.push(columns.map((column) => quoted(column.values[row])));
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

function quoted(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
