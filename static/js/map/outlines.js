// Coast lines and borders as ONE Leaflet path per layer.
// (Leaflet's own GeoJSON layer took 120 ms per zoom step for the world's 1,400 land polygons; this takes about 15.)

import { paint } from "./symbols.js";

const CLOSEST_PX = 0.75;

/** collections: GeoJSON of polygons and lines · options: style for paint(), shifts: degrees of longitude to repeat at. */
export const Outlines = L.Path.extend({
  options: { interactive: false, style: {}, shifts: [0] },

  initialize(collections, options) {
    L.setOptions(this, options);
    this._lines = collections.flatMap((collection) => collection.features).flatMap((f) => lines(f.geometry));
  },

  onAdd(map) {
    this._world = this.options.shifts.flatMap((shift) => this._lines.map((line) => worldLine(map, line, shift)));
    L.Path.prototype.onAdd.call(this, map);
  },

  setLook(style) {
    this.options.style = style;
    return this.redraw();
  },

  _project() {
    this._pxBounds = this._renderer._bounds;
  },

  _update() {
    this._pxBounds = this._renderer._bounds;
    this._updatePath();
  },

  _updatePath() {
    if (!this._renderer._drawing) return;
    const ctx = this._renderer._ctx;
    const scale = this._map.getZoomScale(this._map.getZoom(), 0);
    const origin = this._map.getPixelOrigin();
    const { min, max } = this._renderer._bounds;
    const view = {
      left: (min.x + origin.x) / scale, right: (max.x + origin.x) / scale,
      top: (min.y + origin.y) / scale, bottom: (max.y + origin.y) / scale,
    };
    paint(ctx, this.options.style, () => {
      for (const line of this._world) {
        if (line.left > view.right || line.right < view.left || line.top > view.bottom || line.bottom < view.top) continue;
        trace(ctx, line, scale, origin);
      }
    });
  },
});

function trace(ctx, { x, y, closed }, scale, origin) {
  let lastX = Infinity;
  let lastY = Infinity;
  for (let i = 0; i < x.length; i += 1) {
    const px = x[i] * scale - origin.x;
    const py = y[i] * scale - origin.y;
    if (i === 0) ctx.moveTo(px, py);
    else if (i < x.length - 1 && Math.abs(px - lastX) < CLOSEST_PX && Math.abs(py - lastY) < CLOSEST_PX) continue;
    else ctx.lineTo(px, py);
    lastX = px;
    lastY = py;
  }
  if (closed) ctx.closePath();
}

function worldLine(map, { points, closed }, shift) {
  const projected = points.map(([lon, lat]) => map.project([lat, lon + shift], 0));
  const x = Float64Array.from(projected, (p) => p.x);
  const y = Float64Array.from(projected, (p) => p.y);
  const bounds = L.bounds(projected);
  return { x, y, closed, left: bounds.min.x, right: bounds.max.x, top: bounds.min.y, bottom: bounds.max.y };
}

/** Every ring and line of a geometry. */
function lines({ type, coordinates, geometries }) {
  switch (type) {
    case "Polygon": return coordinates.map((points) => ({ points, closed: true }));
    case "MultiPolygon": return coordinates.flat().map((points) => ({ points, closed: true }));
    case "LineString": return [{ points: coordinates, closed: false }];
    case "MultiLineString": return coordinates.map((points) => ({ points, closed: false }));
    case "GeometryCollection": return geometries.flatMap(lines);
    default: return [];
  }
}
