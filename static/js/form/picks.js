// Candidates chosen one by one: those that must be open and those that must stay closed.

import { el, fill, userText } from "../dom.js";
import { combobox, findByName } from "./combobox.js";

const KINDS = ["required", "forbidden"];

/** points(): {ids, names} of the chosen candidates · changed(): called after each choice. */
export function createPicks(points, changed) {
  const chosen = Object.fromEntries(KINDS.map((kind) => [kind, new Map()]));
  const other = (kind) => KINDS.find((one) => one !== kind);

  const show = (kind) => {
    fill(document.getElementById(`${kind}-chips`), [...chosen[kind]].map(([id, name]) => el("li", {},
      userText(name || id),
      el("button", {
        type: "button", "aria-label": `Take out ${name || id}`,
        onclick: () => {
          chosen[kind].delete(id);
          show(kind);
          document.getElementById(`${kind}-find`).focus();
          changed();
        },
      }, "×"))));
  };
  const picks = {
    ids: (kind) => [...chosen[kind].keys()],
    add(kind, { id, name }) {
      // A site is one or the other.
      chosen[other(kind)].delete(id);
      chosen[kind].set(id, name);
      KINDS.forEach(show);
      changed();
    },
    /** Ids whose names may not be known yet. */
    set(kind, ids) {
      const { ids: known, names } = points();
      const nameOf = new Map(known.map((id, i) => [id, names[i]]));
      chosen[kind] = new Map(ids.map((id) => [id, nameOf.get(id) ?? ""]));
      show(kind);
    },
    /** Once the candidates are read: give the chosen ids their names, drop those that are not there. */
    settle() {
      const { ids: known, names } = points();
      const nameOf = new Map(known.map((id, i) => [id, names[i]]));
      for (const kind of KINDS) {
        chosen[kind] = new Map([...chosen[kind].keys()].filter((id) => nameOf.has(id)).map((id) => [id, nameOf.get(id)]));
        show(kind);
      }
    },
  };
  for (const kind of KINDS) {
    combobox(document.getElementById(`${kind}-find`), document.getElementById(`${kind}-found`), {
      search: (text, atMost) => findByName(points(), text, atMost),
      choose: (entry) => picks.add(kind, entry),
    });
  }
  return picks;
}
