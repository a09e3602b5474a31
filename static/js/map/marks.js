// What the planner wants otherwise next time: sites required or forbidden, with undo and redo.

/** A mark is "required", "forbidden" or "candidate" (free to choose); one that changes nothing is none. */
export function createMarks(model, kept) {
  const history = kept.load();
  const listeners = [];
  let now = replayed(history);

  function replayed({ steps, done }) {
    const marks = new Map();
    steps.slice(0, done).forEach(({ changes }) => changes.forEach(([id, mark]) => apply(marks, id, mark)));
    return marks;
  }

  function apply(marks, id, mark) {
    const row = model.candidateById.get(id);
    if (row === undefined) return;
    if (mark === model.candidates.status[row]) marks.delete(id);
    else marks.set(id, mark);
  }

  function changed() {
    now = replayed(history);
    kept.save(history);
    listeners.forEach((listener) => listener());
  }

  function step(changes) {
    history.steps = [...history.steps.slice(0, history.done), { changes }];
    history.done += 1;
    changed();
  }

  const statusOf = (row) => now.get(model.candidates.id[row]) ?? model.candidates.status[row];
  const withStatus = (status) => model.candidates.id.filter((_, row) => statusOf(row) === status);
  return {
    statusOf,
    set(row, mark) {
      if (statusOf(row) !== mark) step([[model.candidates.id[row], mark]]);
    },
    clear() {
      if (now.size) step([...now.keys()].map((id) => [id, model.candidates.status[model.candidateById.get(id)]]));
    },
    undo() {
      if (history.done === 0) return;
      history.done -= 1;
      changed();
    },
    redo() {
      if (history.done === history.steps.length) return;
      history.done += 1;
      changed();
    },
    get canUndo() { return history.done > 0; },
    get canRedo() { return history.done < history.steps.length; },
    /** [{row, mark}] of what differs from the plan, in the order of marking. */
    get list() { return [...now].map(([id, mark]) => ({ row: model.candidateById.get(id), mark })); },
    /** Everything required and forbidden, the plan's own included: the lists of the next request. */
    lists: () => ({ required: withStatus("required"), forbidden: withStatus("forbidden") }),
    /** The same as what to add to the plan's own lists, and what to take off them. */
    changes() {
      const told = { required_add: [], required_remove: [], forbidden_add: [], forbidden_remove: [] };
      for (const [id, mark] of now) {
        const status = model.candidates.status[model.candidateById.get(id)];
        if (status !== "candidate") told[`${status}_remove`].push(id);
        if (mark !== "candidate") told[`${mark}_add`].push(id);
      }
      return told;
    },
    onChange: (listener) => listeners.push(listener),
  };
}

/** Marks outlive a reload, in this tab. */
export function keptInTab(planId) {
  const key = `sitewright-marks-${planId}`;
  return {
    load() {
      try {
        const found = JSON.parse(sessionStorage.getItem(key));
        if (Array.isArray(found?.steps) && Number.isInteger(found.done)) return found;
      } catch {
        // Kept by another version, or storage is switched off: start afresh.
      }
      return { steps: [], done: 0 };
    },
    save(history) {
      try {
        sessionStorage.setItem(key, JSON.stringify(history));
      } catch {
        // Full or switched off: the marks live as long as the page.
      }
    },
  };
}
