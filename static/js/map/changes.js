// What is to be otherwise: marks with undo and redo, every candidate as a row, and the way to the next plan.

import { el, fill, userText } from "../dom.js";
import { counted, number } from "../format.js";
import { nameOf } from "./model.js";
import { planAgain } from "./replan.js";

const CANDIDATES_SHOWN = 40;
const WORDS = { required: "Required", forbidden: "Forbidden", candidate: "Free to choose" };

export function createChanges(root, candidates, { model, marks, stage, planId, messages }) {
  const tool = (label, id, key, onclick) =>
    el("button", { type: "button", id, onclick, title: key ? `${label} (${key})` : label }, label);
  const undo = tool("Undo", "undo", "Ctrl+Z", () => marks.undo());
  const redo = tool("Redo", "redo", "Ctrl+Shift+Z", () => marks.redo());
  const clear = tool("Clear", "clear-marks", "", () => marks.clear());
  const list = el("ul", { class: "mark-list", id: "mark-list" });
  const go = el("button", { type: "button", class: "primary", id: "plan-again", onclick: () => again() }, "Plan again from here");
  const told = el("p", { class: "lost", role: "alert", id: "plan-again-error", hidden: true });
  fill(root, el("h2", {}, "Changes"), list,
    el("div", { class: "walk", role: "group", "aria-label": "Changes" }, undo, redo, clear), go, told);

  const rows = createCandidateRows(candidates, model, marks, stage);
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const back = key === "z" && !event.shiftKey;
    if (!back && key !== "y" && !(key === "z" && event.shiftKey)) return;
    event.preventDefault();
    if (back) marks.undo();
    else marks.redo();
  });

  async function again() {
    go.disabled = true;
    told.hidden = true;
    try {
      messages.open(await planAgain(planId, marks.changes()));
    } catch (error) {
      told.textContent = (error.lines ?? [error.message]).join(" ");
      told.hidden = false;
    }
    refresh();
  }

  function refresh() {
    undo.disabled = !marks.canUndo;
    redo.disabled = !marks.canRedo;
    clear.disabled = go.disabled = marks.list.length === 0;
    fill(list, marks.list.length === 0
      ? el("li", { class: "hint" }, "Click a site or a candidate on the map, or use the list below, to require or forbid it.")
      : marks.list.map(({ row, mark }) => el("li", { class: mark, "data-site": model.candidates.id[row] },
        el("span", { class: "name" }, userText(nameOf(model.candidates, row))), el("span", { class: "tag" }, WORDS[mark]))));
    rows.refresh();
  }
  marks.onChange(refresh);
  refresh();
}

function createCandidateRows(root, model, marks, stage) {
  const find = el("input", { id: "candidate-filter", type: "search", placeholder: "Find a candidate", autocomplete: "off", oninput: () => refresh() });
  const count = el("span", { id: "candidate-count" });
  const list = el("ul", { class: "candidate-list", id: "candidate-list" });
  fill(root, el("h2", {}, el("span", {}, "Sites and candidates"), count),
    el("p", { class: "filter" }, el("label", { class: "visually-hidden", for: "candidate-filter" }, "Find a candidate by name"), find), list);
  let drawn = [];

  function refresh() {
    const wanted = find.value.trim().toLocaleLowerCase();
    const found = [];
    for (let row = 0; row < model.candidates.size; row += 1) {
      if (wanted === "" || nameOf(model.candidates, row).toLocaleLowerCase().includes(wanted)) found.push(row);
    }
    count.textContent = found.length === model.candidates.size ? number(found.length) : `${number(found.length)} of ${number(model.candidates.size)}`;
    const shown = found.slice(0, CANDIDATES_SHOWN);
    // The rows stay when only their marks change, so that the focus stays where it is.
    if (shown.join() !== drawn.map(({ row }) => row).join()) {
      drawn = shown.map((row) => candidateRow(model, marks, stage, row));
      const rest = found.length - shown.length;
      fill(list, drawn.map(({ item }) => item),
        rest > 0 ? el("li", { class: "hint" }, `and ${counted(rest, "other", "others")}: type part of a name`) : null);
    }
    drawn.forEach(({ update }) => update());
  }
  return { refresh };
}

function candidateRow(model, marks, stage, row) {
  const note = el("span", { class: "note" });
  const buttons = markButtons(model, marks, row);
  const item = el("li", {
    class: "candidate", "data-site": model.candidates.id[row],
    onmouseenter: () => stage.focusCandidate(row), onmouseleave: () => stage.focusCandidate(null),
    onfocusin: () => stage.focusCandidate(row), onfocusout: () => stage.focusCandidate(null),
  }, el("span", { class: "name" }, userText(nameOf(model.candidates, row))), note, buttons.node);
  note.textContent = row < model.candidates.open ? "open" : "";
  return { row, item, update: buttons.update };
}

/** "Require" and "Forbid" for one candidate: in its row, and in its card on the map. */
export function markButtons(model, marks, row) {
  const name = nameOf(model.candidates, row);
  const button = (label, mark) => el("button", {
    type: "button", class: `mark ${mark}`, "data-mark": mark, "data-of": model.candidates.id[row], "aria-label": `${label} ${name}`,
    onclick: () => marks.set(row, marks.statusOf(row) === mark ? "candidate" : mark),
  }, label);
  const both = [button("Require", "required"), button("Forbid", "forbidden")];
  const update = () => both.forEach((node) => node.setAttribute("aria-pressed", String(marks.statusOf(row) === node.dataset.mark)));
  update();
  return { node: el("span", { class: "marks" }, both), update };
}
