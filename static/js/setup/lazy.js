// The set-up view, fetched when it is first wanted: a page that shows a finished plan does without.

export const NO_POINTS = { ids: [], names: [], lat: [], lon: [], population: [], status: [] };

/** The methods of createSetup's view, in the order they are called; ``make(createSetup)`` makes it. */
export function lazySetup(make) {
  let view = null;
  let wanted = null;
  const first = () => (wanted ??= import("./setup.js").then(({ createSetup }) => (view = make(createSetup))));
  const later = (name) => (...values) => first().then((made) => made[name](...values));
  return {
    points: () => (view ? view.points() : NO_POINTS),
    nameCandidates: later("nameCandidates"),
    open: later("open"),
    changed: later("changed"),
    showSites: later("showSites"),
    showSolving: later("showSolving"),
    close: () => wanted?.then((made) => made.close()),
  };
}
