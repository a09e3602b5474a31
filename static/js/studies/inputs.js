// Every input of the economics, to be changed: grouped, with unit, default and source.

import { el, fill, userText } from "../dom.js";
import { number } from "../format.js";
import { asGiven, capital, typed } from "./words.js";

/** on: {change(name, value | null), reset()}.  Returns {element, show(inputs, own), refuse(error)}. */
export function inputsForm(on) {
  const count = el("span", { class: "hint" });
  const groups = el("div", { class: "input-groups" });
  const element = el("details", { class: "study-part inputs", id: "money-inputs" },
    el("summary", {}, el("h3", {}, "Inputs and their sources"), count), groups);
  const fields = new Map();

  function build(inputs) {
    const byGroup = Map.groupBy ? Map.groupBy(inputs, ({ group }) => group) : grouped(inputs);
    fill(groups, [...byGroup].map(([group, members]) => el("fieldset", { class: "input-group" },
      el("legend", {}, capital(group)), members.map(line))));
  }

  function line(entry) {
    const id = `input-${entry.name}`;
    const yesNo = entry.unit.startsWith("1 yes");
    const input = yesNo
      ? el("input", { id, type: "checkbox", "aria-describedby": `${id}-about ${id}-error` })
      : el("input", { id, type: "number", inputmode: "decimal", step: "any", min: entry.least, max: entry.most, "aria-describedby": `${id}-about ${id}-error` });
    const flag = el("span", { class: "flag", hidden: true }, "changed");
    const back = el("button", { type: "button", class: "pick", hidden: true, onclick: () => on.change(entry.name, null) }, "default");
    back.setAttribute("aria-label", `Back to the default: ${entry.label}`);
    const fault = el("p", { class: "errors", id: `${id}-error`, role: "alert" });
    input.addEventListener("change", () => {
      const value = yesNo ? Number(input.checked) : Number(input.value);
      fill(fault);
      if (!yesNo && (input.value === "" || !input.validity.valid)) fill(fault, ranged(entry));
      else on.change(entry.name, value === entry.default ? null : value);
    });
    fields.set(entry.name, { entry, input, flag, back, fault, yesNo });
    return el("div", { class: "input-line", "data-input": entry.name },
      el("label", { for: id }, capital(entry.label), " ", flag),
      el("span", { class: "input-value" }, input, el("span", { class: "unit" }, yesNo ? "yes" : entry.unit), back),
      el("p", { class: "help", id: `${id}-about` }, `Default ${yesNo ? (entry.default ? "yes" : "no") : asGiven(entry.default)}. `, userText(capital(entry.source)), "."), fault);
  }

  return {
    element,
    show(inputs, own) {
      if (fields.size === 0) build(inputs);
      for (const { name, value, set_by: setBy } of inputs) {
        const { input, flag, back, fault, yesNo } = fields.get(name);
        if (yesNo) input.checked = value === 1;
        else input.value = typed(value);
        flag.hidden = setBy === null;
        flag.textContent = name in own ? "changed" : `set by the ${setBy}`;
        back.hidden = !(name in own);
        fill(fault);
      }
      const changes = Object.keys(own).length;
      count.textContent = `${number(inputs.length)} inputs${changes ? `, ${number(changes)} changed` : ""}`;
    },
    /** Puts an error of the service beside its field; false when none of the fields is meant. */
    refuse(error) {
      const lines = error.lines ?? [error.message];
      const name = [...fields.keys()].find((key) => lines.some((text) => text.includes(key)) || (error.errors ?? []).some(({ column }) => column === key));
      if (!name) return false;
      element.open = true;
      fill(fields.get(name).fault, lines.join(" "));
      return true;
    },
  };
}

const ranged = ({ least, most }) => `From ${asGiven(least)}${most === null ? "" : ` to ${asGiven(most)}`}.`;

function grouped(inputs) {
  const groups = new Map();
  for (const one of inputs) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return groups;
}
