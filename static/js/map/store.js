// Which sites are down, and what follows.

const NOTHING = {
  points: { size: 0, population: [] }, moves: [], omitted: 0, receiving: [], pointsMoved: 0, pointsLost: 0, populationMoved: 0,
  populationLost: 0, worstBefore: 0, worstAfter: 0, movedWorstBefore: 0, movedWorstAfter: 0,
};

/** drillOf(failed) answers at once or promises to; a late answer to an old question is dropped. */
export function createStore(drillOf) {
  const failed = new Set();
  const listeners = [];
  let drill = NOTHING;
  let moveOf = new Map();
  let question = 0;
  let byHand = true;

  const take = (answer) => {
    drill = answer;
    moveOf = new Map(drill.moves.map((move) => [move.point, move]));
    listeners.forEach((listener) => listener());
  };
  const changed = () => {
    question += 1;
    const asked = question;
    const answer = failed.size === 0 ? NOTHING : drillOf(failed);
    if (!(answer instanceof Promise)) return take(answer);
    take({ ...NOTHING, pending: true });
    return answer.then((late) => asked === question && take(late),
      (error) => asked === question && take({ ...NOTHING, error: error.message }));
  };
  return {
    toggle(site) {
      byHand = true;
      if (!failed.delete(site)) failed.add(site);
      changed();
    },
    /** Exactly these sites are down; byHand: a person did it here, not the page around. */
    set(sites, hand = true) {
      if (sites.length === failed.size && sites.every((site) => failed.has(site))) return;
      byHand = hand;
      failed.clear();
      sites.forEach((site) => failed.add(site));
      changed();
    },
    clear() {
      this.set([]);
    },
    get byHand() { return byHand; },
    onChange: (listener) => listeners.push(listener),
    view: () => ({ failed, drill, moveOf }),
  };
}
