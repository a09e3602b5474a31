// The lines of a failure drill: from every moved place to the site that takes it over, with km where it fits.

import { measure } from "../format.js";
import { cross, paint } from "./symbols.js";

const LABEL_FONT = "600 11px system-ui, sans-serif";
const MAX_LABELS = 60;

/** A drill's moves, drawn as one Leaflet path.  ``painted`` counts lines, ``lostPainted`` lost places. */
export const MoveLines = L.Path.extend({
  options: { interactive: false, theme: {} },

  initialize(model, options) {
    L.setOptions(this, options);
    this.model = model;
    this.drill = { points: { population: [] }, moves: [] };
    this.moves = [];
    this.painted = 0;
    this.lostPainted = 0;
  },

  setDrill(drill) {
    const { population } = drill.points;
    this.drill = drill;
    // The largest places come first: they get the labels.
    this.moves = [...drill.moves].sort((a, b) => population[b.point] - population[a.point]);
    if (this._map) this._reset();
    return this.redraw();
  },

  _project() {
    const { sites } = this.model;
    const pixel = (points, i) => this._map.latLngToLayerPoint([points.lat[i], points.lon[i]]);
    this._lines = this.moves.map((move) => ({
      move, a: pixel(this.drill.points, move.point), b: move.to < 0 ? null : pixel(sites, move.to),
    }));
    this._pxBounds = this._renderer._bounds;
  },

  _update() {
    this._pxBounds = this._renderer._bounds;
    this._updatePath();
  },

  _updatePath() {
    if (!this._renderer._drawing) return;
    const ctx = this._renderer._ctx;
    const { theme } = this.options;
    const kept = this._lines.filter((line) => line.b);
    const lost = this._lines.filter((line) => !line.b);
    // Stroked one by one, so that many faint lines add up to where most people go.
    const style = { stroke: theme.moved, width: 1, strokeOpacity: Math.max(0.16, Math.min(0.8, 40 / kept.length)) };
    for (const { a, b } of kept) {
      paint(ctx, style, () => {
        ctx.moveTo(a.x, a.y);
        ctx.lineTo(b.x, b.y);
      });
    }
    // A pale ring and a cross: lost people must be seen before anything else.
    const { population } = this.drill.points;
    const arm = ({ move }) => Math.min(9, Math.max(2.8, 0.011 * Math.sqrt(population[move.point])));
    const crosses = () => lost.forEach((line) => cross(ctx, line.a.x, line.a.y, arm(line)));
    paint(ctx, { stroke: theme["label-back"], width: 4, strokeOpacity: 0.8 }, crosses);
    paint(ctx, { stroke: theme.lost, width: 2 }, crosses);
    this.painted = kept.length;
    this.lostPainted = lost.length;
    this._labels(ctx, kept);
  },

  /** Boxes that no label may cover. */
  _failedSites() {
    const { sites } = this.model;
    return [...new Set(this.moves.map((move) => move.from))].map((site) => {
      const { x, y } = this._map.latLngToLayerPoint([sites.lat[site], sites.lon[site]]);
      return { left: x - 8, right: x + 8, top: y - 8, bottom: y + 8 };
    });
  },

  _labels(ctx, lines) {
    const { theme } = this.options;
    const view = this._renderer._bounds;
    const taken = this._failedSites();
    const most = taken.length + MAX_LABELS;
    ctx.font = LABEL_FONT;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const { move, a, b } of lines) {
      if (taken.length >= most) break;
      const text = measure(move.toDistance, this.model.reach.unit);
      const half = ctx.measureText(text).width / 2 + 4;
      const x = a.x + (b.x - a.x) * 0.4;
      const y = a.y + (b.y - a.y) * 0.4;
      const box = { left: x - half, right: x + half, top: y - 8, bottom: y + 8 };
      const longEnough = Math.hypot(a.x - b.x, a.y - b.y) > 2.4 * half;
      const free = longEnough && view.contains([x, y]) && !taken.some((other) => overlaps(box, other));
      if (!free) continue;
      taken.push(box);
      paint(ctx, { fill: theme["label-back"], fillOpacity: 0.92 }, () =>
        ctx.roundRect(box.left, box.top, 2 * half, 16, 4));
      ctx.fillStyle = theme.label;
      ctx.fillText(text, x, y);
    }
  },
});

function overlaps(a, b) {
  return a.left < b.right + 6 && a.right > b.left - 6 && a.top < b.bottom + 4 && a.bottom > b.top - 4;
}
