// Sites that share something (a building, a utility, a carrier) fail together.

import { el, fill } from "../dom.js";
import { counted } from "../format.js";

export function createGroups(root, model, store) {
  const columns = Object.keys(model.sites.groups);
  if (columns.length === 0) return;
  const column = el("select", { id: "group-column", onchange: () => fillValues() },
    columns.map((name) => el("option", { value: name }, name)));
  const value = el("select", { id: "group-value", onchange: () => fail() });
  fill(root, el("h2", {}, "A group fails"),
    el("label", { for: "group-column" }, "Sites that share the same"), column,
    el("label", { for: "group-value" }, "Which one fails"), value);

  function fillValues() {
    const sites = new Map();
    model.sites.groups[column.value].forEach((name, site) => name && sites.set(name, [...(sites.get(name) ?? []), site]));
    const largest = [...sites].sort((a, b) => b[1].length - a[1].length || a[0].localeCompare(b[0]));
    fill(value, el("option", { value: "" }, "None"),
      largest.map(([name, members]) => el("option", { value: name }, `${name} – ${counted(members.length, "open site", "open sites")}`)));
  }

  function fail() {
    const members = model.sites.groups[column.value].flatMap((name, site) => (name === value.value && name ? [site] : []));
    store.set(members);
  }

  fillValues();
  store.onChange(() => {
    const { failed } = store.view();
    const members = model.sites.groups[column.value].filter((name) => name && name === value.value).length;
    const still = members === failed.size && [...failed].every((site) => model.sites.groups[column.value][site] === value.value);
    if (!still) value.value = "";
  });
}
