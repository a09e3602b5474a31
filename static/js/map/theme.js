// Canvas knows no CSS variables: colours are read from the style sheet, and again when the scheme changes.

const NAMES = [
  "water", "land", "border", "coast", "demand", "site", "site-ink", "unused", "gap", "gap-fill", "moved", "lost",
  "reach", "label", "label-back", "kept", "band-0", "band-1", "band-2", "band-3", "band-4", "required", "forbidden",
];

export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
}

export function onThemeChange(callback) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}
