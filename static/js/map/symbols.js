// The shapes on the map.  Every kind has its own outline, so none depends on colour alone.

export function disc(ctx, x, y, radius) {
  if (radius < 1.2) {
    // Too small to look round, and much cheaper.
    ctx.rect(x - radius, y - radius, 2 * radius, 2 * radius);
    return;
  }
  ctx.moveTo(x + radius, y);
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
}

export function square(ctx, x, y, radius) {
  ctx.rect(x - radius, y - radius, 2 * radius, 2 * radius);
}

export function diamond(ctx, x, y, radius) {
  const reach = radius * 1.35;
  ctx.moveTo(x, y - reach);
  ctx.lineTo(x + reach, y);
  ctx.lineTo(x, y + reach);
  ctx.lineTo(x - reach, y);
  ctx.closePath();
}

export function cross(ctx, x, y, radius) {
  ctx.moveTo(x - radius, y - radius);
  ctx.lineTo(x + radius, y + radius);
  ctx.moveTo(x + radius, y - radius);
  ctx.lineTo(x - radius, y + radius);
}

export function crossedSquare(ctx, x, y, radius) {
  square(ctx, x, y, radius);
  cross(ctx, x, y, radius);
}

/** A site that stands already: a house. */
export function house(ctx, x, y, radius) {
  ctx.moveTo(x - radius, y + radius);
  ctx.lineTo(x - radius, y - 0.25 * radius);
  ctx.lineTo(x, y - 1.35 * radius);
  ctx.lineTo(x + radius, y - 0.25 * radius);
  ctx.lineTo(x + radius, y + radius);
  ctx.closePath();
}

export function triangle(ctx, x, y, radius) {
  ctx.moveTo(x, y - 1.25 * radius);
  ctx.lineTo(x + 1.15 * radius, y + 0.8 * radius);
  ctx.lineTo(x - 1.15 * radius, y + 0.8 * radius);
  ctx.closePath();
}

export function ring(ctx, x, y, radius) {
  ctx.moveTo(x + radius, y);
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
}

/** A ring standing on a tick: this one in any case. */
export function ringTick(ctx, x, y, radius) {
  ring(ctx, x, y, radius);
  ctx.moveTo(x + 0.3 * radius, y - 1.5 * radius);
  ctx.lineTo(x + 0.75 * radius, y - 1.05 * radius);
  ctx.lineTo(x + 1.6 * radius, y - 2.1 * radius);
}

/** No entry. */
export function ringSlash(ctx, x, y, radius) {
  ring(ctx, x, y, radius);
  ctx.moveTo(x - 0.7 * radius, y + 0.7 * radius);
  ctx.lineTo(x + 0.7 * radius, y - 0.7 * radius);
}

/** Draws ``shape`` once into a small canvas for the legend, with the same style as on the map. */
export function swatch(shape, style, radius, size = 22) {
  const canvas = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  canvas.width = size * ratio;
  canvas.height = size * ratio;
  canvas.className = "swatch";
  canvas.setAttribute("aria-hidden", "true");
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  paint(ctx, style, () => shape(ctx, size / 2, size / 2, radius));
  return canvas;
}

/** One path, filled and stroked: {fill, fillOpacity, stroke, width, dash}. */
export function paint(ctx, style, trace) {
  ctx.beginPath();
  trace();
  if (style.fill) {
    ctx.globalAlpha = style.fillOpacity ?? 1;
    ctx.fillStyle = style.fill;
    ctx.fill(style.rule ?? "nonzero");
  }
  if (style.stroke) {
    ctx.globalAlpha = style.strokeOpacity ?? 1;
    ctx.lineWidth = style.width ?? 1;
    ctx.strokeStyle = style.stroke;
    ctx.setLineDash(style.dash ?? []);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  ctx.globalAlpha = 1;
}
