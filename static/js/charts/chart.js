// A line chart with its numbers beside it: uPlot draws, an HTML table and a CSV file say the same.

import { el, fill } from "../dom.js";
import { loadScript, loadStyle } from "./library.js";
import { csvLink, dataTable, heading } from "./table.js";

const VENDOR = "/static/vendor/uplot";
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const FONT = '12px system-ui, "Noto Sans", Arial, sans-serif';

/**
 * Draws into ``root`` and returns {update(spec), destroy()}.
 *
 * spec: {title, summary, file, height, note, table: false when a table with the same numbers stands beside it,
 *        x: {label, unit, values, format}, y: {label, unit, range(min, max) → [low, high], format},
 *        series: [{label, unit, values, kind, format, points}]}
 * kind: "line" (default), "step" (a value holds until the next), "points".  Values may be null.
 * Series differ by dash and colour, so none depends on colour alone.  ``summary`` is what the picture says, in a sentence.
 */
export async function chart(root, spec) {
  await Promise.all([loadScript(`${VENDOR}/uPlot.iife.min.js`), loadStyle(`${VENDOR}/uPlot.min.css`)]);
  let shown = spec;
  let plot = null;
  const columns = () => [{ ...shown.x }, ...shown.series];
  const parts = {
    plot: el("div", { class: "plot", role: "img" }),
    legend: el("ul", { class: "plot-legend" }),
    note: el("p", { class: "help" }),
    numbers: el("details", { class: "numbers" }, el("summary", {}, "Data as a table")),
  };
  const body = el("div");
  parts.numbers.append(body);
  // The table is written when somebody looks: a live chart would write it twice a second.
  const writeTable = () => parts.numbers.open && fill(body, dataTable(columns(), `Data: ${shown.title}`));
  parts.numbers.addEventListener("toggle", writeTable);
  fill(root, el("figure", { class: "chart" },
    el("figcaption", {}, el("span", { class: "chart-title" }, spec.title), parts.legend),
    parts.plot, parts.note,
    spec.table === false ? null : el("div", { class: "chart-data" }, parts.numbers, csvLink(columns, spec.file ?? "chart.csv"))));

  const draw = () => {
    plot?.destroy();
    plot = new window.uPlot(options(() => shown, parts.plot.clientWidth || 600), data(shown), parts.plot);
  };
  const tell = () => {
    parts.plot.setAttribute("aria-label", `${shown.title}. ${shown.summary ?? ""}`);
    parts.note.textContent = shown.note ?? "";
    fill(parts.legend, shown.series.length > 1 ? shown.series.map((series, i) =>
      el("li", {}, key(i, series.kind), series.label)) : null);
    writeTable();
  };
  const resized = new ResizeObserver(() => {
    const width = parts.plot.clientWidth;
    if (plot && width > 0 && width !== plot.width) plot.setSize({ width, height: plot.height });
  });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  draw();
  tell();
  resized.observe(parts.plot);
  scheme.addEventListener("change", draw);
  return {
    update(next) {
      const same = next.series.length === shown.series.length;
      shown = next;
      if (same) plot.setData(data(shown));
      else draw();
      tell();
    },
    destroy() {
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      plot.destroy();
      fill(root);
    },
  };
}

const data = (spec) => [spec.x.values, ...spec.series.map((series) => series.values)];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const seriesColour = (i) => colour(`chart-${(i % DASHES.length) + 1}`);

/** told(): the spec of this moment, which changes while the chart stays. */
function options(told, width) {
  const spec = told();
  const axis = (unit, label, format, size) => ({
    stroke: colour("muted"), font: FONT, labelFont: FONT, size, label: heading({ label, unit }), labelSize: 18, labelGap: 2,
    grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1, size: 5 },
    values: (_, ticks) => ticks.map((value) => (value === null ? "" : (format ?? String)(value))),
  });
  return {
    width,
    height: spec.height ?? 240,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
    scales: { x: { time: false }, y: spec.y?.range ? { range: (_, low, high) => told().y.range(low, high) } : {} },
    axes: [
      axis(spec.x.unit, spec.x.label, spec.x.format, 34),
      axis(spec.y?.unit, spec.y?.label ?? "", spec.y?.format, 58),
    ],
    series: [{}, ...spec.series.map((series, i) => line(series, i))],
    plugins: [readout(spec)],
  };
}

function line(series, i) {
  const kind = series.kind ?? "line";
  const stroke = seriesColour(i);
  return {
    stroke, width: 2.25, dash: DASHES[i % DASHES.length], spanGaps: true,
    points: { show: series.points ?? kind === "points", size: 7, width: 2, stroke, fill: colour("surface") },
    paths: kind === "step" ? window.uPlot.paths.stepped({ align: 1 }) : kind === "points" ? () => null : undefined,
  };
}

/** What the lines say under the pointer. */
function readout(spec) {
  const box = el("div", { class: "plot-readout", "aria-hidden": "true" });
  box.hidden = true;
  return {
    hooks: {
      init: (u) => u.over.append(box),
      setCursor: (u) => {
        const { idx, left } = u.cursor;
        box.hidden = idx === null || idx === undefined || left < 0;
        if (box.hidden) return;
        const say = ({ label, unit, format }, value) =>
          `${label}: ${value === null || value === undefined ? "–" : (format ?? String)(value)}${unit ? ` ${unit}` : ""}`;
        fill(box, el("div", {}, say(spec.x, u.data[0][idx])),
          spec.series.map((series, i) => el("div", {}, key(i, series.kind), say(series, u.data[i + 1][idx]))));
        const right = left > u.over.clientWidth / 2;
        box.style.left = right ? "" : `${left + 12}px`;
        box.style.right = right ? `${u.over.clientWidth - left + 12}px` : "";
      },
    },
  };
}

/** The line or the point of a series, small: dash and colour as in the picture. */
function key(i, kind = "line") {
  const make = (name, values) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(values).forEach(([attribute, value]) => node.setAttribute(attribute, value));
    return node;
  };
  const svg = make("svg", { width: 26, height: 8, viewBox: "0 0 26 8", "aria-hidden": "true", class: `key key-${(i % DASHES.length) + 1}` });
  svg.append(kind === "points" ? make("circle", { cx: 13, cy: 4, r: 3, fill: "none" })
    : make("line", { x1: 0, y1: 4, x2: 26, y2: 4, "stroke-dasharray": DASHES[i % DASHES.length].join(" ") }));
  return svg;
}
