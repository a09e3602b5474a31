// 2N power at few sites, or more sites: what the same money buys.  Asked for, because it solves a plan of its own.

import { csvLink } from "../charts/table.js";
import { el, fill } from "../dom.js";
import { number } from "../format.js";
import { amount } from "./words.js";

const OPTIONS = [["single", "One site for everybody"], ["facility", "The same with 2N power"], ["geo", "More sites: any may fail"]];
const availability = (share) => `${(100 * share).toFixed(4)}\u00a0%`;

/** told: the answer of POST …/economics · compare(): asks for the comparison. */
export function redundancyView(root, told, compare) {
  const found = told.redundancy;
  const button = el("button", { type: "button", id: "ask-redundancy" }, "Compare 2N power with more sites");
  button.onclick = () => {
    button.disabled = true;
    button.textContent = "Solving the counterpart plan …";
    compare();
  };
  fill(root, el("div", { class: "study-part" }, el("h3", {}, "2N power, or more sites?"),
    found ? comparison(found) : told.redundancy_note ? el("p", {}, told.redundancy_note) : el("div", { class: "actions" }, button)));
}

function comparison(found) {
  const columns = [
    ["Option", OPTIONS.map(([, label]) => label)],
    ["Sites", OPTIONS.map(([key]) => found[key].sites), number],
    ["A year, USD", OPTIONS.map(([key]) => found[key].usd_year), amount],
    ["Without service, min a year and person", OPTIONS.map(([key]) => found[key].availability.minutes_without_year), amount],
    ["Mean availability", OPTIONS.map(([key]) => found[key].availability.mean), availability],
    ["Everybody served at once (simulated)", OPTIONS.map(([key]) => found[key].availability.everyone), availability],
  ];
  return [
    el("p", { class: "sentence", id: "redundancy-sentence" }, found.sentence),
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Redundancy compared" }, el("table", { id: "redundancy" },
      el("thead", {}, el("tr", {}, columns.map(([label]) => el("th", { scope: "col" }, label)))),
      el("tbody", {}, OPTIONS.map(([key], row) => el("tr", { "data-option": key }, columns.map(([, values, say], i) =>
        (i === 0 ? el("th", { scope: "row" }, values[row]) : el("td", {}, say(values[row]))))))))),
    OPTIONS.some(([key]) => !found[key].proved) ? el("p", { class: "hint" }, "Not both plans are proven to have the fewest sites; the comparison is of the plans as found.") : null,
    el("p", { class: "help" }, csvLink(() => columns.map(([label, values]) => ({ label, values })), "redundancy.csv")),
  ];
}
