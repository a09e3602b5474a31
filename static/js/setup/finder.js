// What the map offers by pointing, as a field: find one candidate, see whom it reaches, decide about it.

import { el } from "../dom.js";
import { combobox, findByName } from "../form/combobox.js";

/** points(): {ids, names} of the candidates · on: {show(row), pick(kind, row), pinned()}: rows are positions in them. */
export function finderCard(points, on) {
  const input = el("input", {
    type: "text", id: "reach-find", role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list",
    "aria-controls": "reach-found", autocomplete: "off", placeholder: "Find a candidate by name or id",
  });
  const list = el("ul", { class: "found", id: "reach-found", role: "listbox", "aria-label": "Candidates found", hidden: true });
  combobox(input, list, {
    search: (text, atMost) => findByName(points(), text, atMost),
    choose: ({ id }) => on.show(points().ids.indexOf(id)),
    keep: true,
  });
  const pick = (kind) => {
    if (on.pinned() < 0) {
      input.focus();
      return;
    }
    on.pick(kind, on.pinned());
    document.getElementById("options").open = true;
  };
  return el("div", { class: "card" },
    el("h2", {}, "One candidate"),
    el("div", { class: "field picks" }, el("label", { for: "reach-find" }, "Show the reach of"), input, list),
    el("div", { class: "actions" },
      el("button", { type: "button", onclick: () => pick("required") }, "It must be open"),
      el("button", { type: "button", onclick: () => pick("forbidden") }, "It must stay closed")));
}
