// Tens of thousands of points as ONE Leaflet path on the shared canvas: one object, two typed arrays.
// (5,000 Leaflet markers took 10 s to zoom; 21,000 points drawn this way take about 10 ms.)

import { paint } from "./symbols.js";

const TOUCH_SLACK_PX = 4;
const MOST_APART = 2000; // 16,000 symbols one by one take 200 ms
const BATCH = 500; // 20,000 discs: 140 ms as one path, 40 ms in batches with the smallest as squares

/**
 * points: {size, lat, lon} · options: shape, style, radiusOf(point, zoom),
 * shown(point) → bool; with ``styles``, classOf(point) says which of them (the first drawn first), each may name a shape.
 * A style marked ``apart`` keeps the outlines of overlapping symbols whole, unless they are very many.
 * After each draw ``painted`` says how many symbols lie in the drawn area.
 */
export const PointCloud = L.Path.extend({
  options: { interactive: true, shape: null, style: {}, styles: null, classOf: () => 0, radiusOf: () => 3, shown: () => true },

  initialize(points, options) {
    L.setOptions(this, options);
    this._take(points);
  },

  onAdd(map) {
    this._locate(map);
    L.Path.prototype.onAdd.call(this, map);
  },

  /** Other points, drawn the same way. */
  setPoints(points) {
    this._take(points);
    if (this._map) {
      this._locate(this._map);
      this._reset();
    }
    return this.redraw();
  },

  _take(points) {
    this.points = points;
    this.painted = 0;
    this.hit = -1;
    this._x = new Float64Array(points.size);
    this._y = new Float64Array(points.size);
    this._radius = new Float32Array(points.size);
  },

  _locate(map) {
    const flat = Array.from({ length: this.points.size }, (_, i) =>
      map.project([this.points.lat[i], this.points.lon[i]], 0));
    this._worldX = Float64Array.from(flat, (p) => p.x);
    this._worldY = Float64Array.from(flat, (p) => p.y);
  },

  setLook(look) {
    Object.assign(this.options, look);
    if (this._map) this._reset();
    return this.redraw();
  },

  /** The point under a pixel of the layer, nearest first, or -1. */
  pointAt(pixel) {
    let best = -1;
    let bestDistance = Infinity;
    for (let i = 0; i < this.points.size; i += 1) {
      if (!this.options.shown(i)) continue;
      const distance = Math.hypot(this._x[i] - pixel.x, this._y[i] - pixel.y);
      if (distance <= this._radius[i] + TOUCH_SLACK_PX && distance < bestDistance) {
        best = i;
        bestDistance = distance;
      }
    }
    return best;
  },

  /** Where a point is, in pixels of the layer. */
  pixelOf(i) {
    return { x: this._x[i], y: this._y[i] };
  },

  _project() {
    const zoom = this._map.getZoom();
    const scale = this._map.getZoomScale(zoom, 0);
    const origin = this._map.getPixelOrigin();
    for (let i = 0; i < this.points.size; i += 1) {
      this._x[i] = this._worldX[i] * scale - origin.x;
      this._y[i] = this._worldY[i] * scale - origin.y;
      this._radius[i] = this.options.radiusOf(i, zoom);
    }
    this._pxBounds = this._renderer._bounds;
  },

  _update() {
    this._pxBounds = this._renderer._bounds;
    this._updatePath();
  },

  _updatePath() {
    // Leaflet calls this outside its own draw as well; only inside it is the canvas clipped and clean.
    if (!this._renderer._drawing) return;
    const ctx = this._renderer._ctx;
    const { min, max } = this._renderer._bounds;
    const { style, styles, classOf, shown } = this.options;
    const visible = [];
    for (let i = 0; i < this.points.size; i += 1) {
      const x = this._x[i];
      const y = this._y[i];
      if (shown(i) && x >= min.x && x <= max.x && y >= min.y && y <= max.y) visible.push(i);
    }
    if (!styles) this._paint(ctx, style, visible);
    else {
      const byClass = styles.map(() => []);
      visible.forEach((i) => byClass[classOf(i)].push(i));
      byClass.forEach((points, at) => this._paint(ctx, styles[at], points));
    }
    this.painted = visible.length;
  },

  _paint(ctx, style, points) {
    const shape = style.shape ?? this.options.shape;
    const trace = (i) => shape(ctx, this._x[i], this._y[i], this._radius[i]);
    const batch = style.apart && points.length <= MOST_APART ? 1 : BATCH;
    for (let start = 0; start < points.length; start += batch) {
      paint(ctx, style, () => points.slice(start, start + batch).forEach(trace));
    }
  },

  _containsPoint(pixel) {
    this.hit = this.pointAt(pixel);
    return this.hit >= 0;
  },
});
