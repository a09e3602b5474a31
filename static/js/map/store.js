// Which sites are down, and what follows.  The only state of the map page.

import { failureDrill, receivingSites } from "./failure.js";

export function createStore(model) {
  const failed = new Set();
  const listeners = [];
  let drill = failureDrill(model, failed);
  let moveOf = new Map();

  const changed = () => {
    drill = failureDrill(model, failed);
    moveOf = new Map(drill.moves.map((move) => [move.point, move]));
    listeners.forEach((listener) => listener());
  };
  return {
    toggle(site) {
      if (!failed.delete(site)) failed.add(site);
      changed();
    },
    clear() {
      if (failed.size === 0) return;
      failed.clear();
      changed();
    },
    onChange: (listener) => listeners.push(listener),
    view: () => ({ failed, drill, moveOf, receiving: receivingSites(model, drill) }),
  };
}
