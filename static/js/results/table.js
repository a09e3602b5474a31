// A table people can sort and search, whose rows can be shown on the map and be found from it.

import { el, fill, userText } from "../dom.js";
import { number } from "../format.js";

const STEP = 100;

/**
 * columns: [{key, label, unit, format(value, row), text, sortBy(row)}], the first being the name; text columns sort as words.
 * rows: objects with an id · sort: [key, "descending"] · onPick(row): its button was pressed.
 * Returns {element, mark(id), flag(ids, word)}.
 */
export function sortableTable({ label, columns, rows, sort, onPick = null, shown = STEP, pickLabel = "Show on the map" }) {
  let [sortKey, direction] = sort;
  let wanted = "";
  let limit = shown;
  let marked = null;
  let flags = new Map();
  let list = [];
  const collator = new Intl.Collator("en", { numeric: true });
  const byKey = new Map(columns.map((column) => [column.key, column]));

  const count = el("span", { class: "hint", role: "status" });
  const search = el("input", { type: "search", placeholder: "Find by name", autocomplete: "off", "aria-label": `Find in ${label}` });
  const heads = columns.map((column) => el("th", { scope: "col", class: column.text ? "text" : null },
    el("button", { type: "button", class: "sort", onclick: () => sortBy(column) }, column.unit ? `${column.label}, ${column.unit}` : column.label)));
  const body = el("tbody");
  const more = el("button", { type: "button", class: "quiet", onclick: () => { limit += 5 * STEP; draw(); } });
  const box = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    el("table", {}, el("thead", {}, el("tr", {}, heads)), body));
  const element = el("div", { class: "sortable" },
    el("div", { class: "table-tools" }, rows.length > 12 ? search : null, count), box, more);

  const textOf = (row) => `${row.name ?? ""} ${row.id}`.toLocaleLowerCase();
  const compare = (a, b) => {
    const [x, y] = [a, b].map(byKey.get(sortKey).sortBy ?? ((row) => row[sortKey]));
    const missing = (value) => value === null || value === undefined;
    if (missing(x) || missing(y)) return Number(missing(x)) - Number(missing(y));
    const order = byKey.get(sortKey).text ? collator.compare(x || a.id, y || b.id) : x - y;
    return direction === "ascending" ? order : -order;
  };
  const arrange = () => {
    list = rows.filter((row) => wanted === "" || textOf(row).includes(wanted)).sort((a, b) => compare(a, b) || collator.compare(a.id, b.id));
    draw();
  };
  function sortBy(column) {
    if (sortKey === column.key) direction = direction === "ascending" ? "descending" : "ascending";
    else [sortKey, direction] = [column.key, column.text ? "ascending" : "descending"];
    arrange();
  }
  function draw() {
    heads.forEach((head, i) => {
      if (columns[i].key === sortKey) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    });
    fill(body, list.slice(0, limit).map(line));
    count.textContent = list.length === rows.length ? "" : `${number(list.length)} of ${number(rows.length)}`;
    more.hidden = list.length <= limit;
    more.textContent = `Show more of ${number(list.length)}`;
  }
  function line(row) {
    const flag = flags.get(row.id);
    const [first, ...others] = columns;
    const name = userText(row[first.key] || row.id);
    return el("tr", { "data-id": row.id, class: [row.id === marked && "marked", flag && "flagged"].filter(Boolean).join(" ") || null },
      el("th", { scope: "row" },
        onPick ? el("button", { type: "button", class: "pick", title: pickLabel, onclick: () => pick(row) }, name) : name,
        flag ? el("span", { class: "flag" }, flag) : null),
      others.map((column) => el("td", { class: column.text ? "text" : null }, shownValue(column, row))));
  }
  function pick(row) {
    mark(row.id, false);
    onPick(row);
  }
  function mark(id, scroll = true) {
    marked = id;
    const at = list.findIndex((row) => row.id === id);
    if (at >= limit) {
      limit = at + 1;
      draw();
    }
    for (const node of body.children) node.classList.toggle("marked", node.dataset.id === id);
    const node = scroll && at >= 0 ? body.children[at] : null;
    // The table's own box only: the page stays where the person put it.
    if (node) box.scrollTop = node.offsetTop - box.clientHeight / 2;
    return at >= 0;
  }
  search.addEventListener("input", () => {
    wanted = search.value.trim().toLocaleLowerCase();
    limit = shown;
    arrange();
  });
  arrange();
  return {
    element,
    mark,
    /** Puts a word beside the names of these rows. */
    flag(ids, word) {
      flags = new Map(ids.map((id) => [id, word]));
      draw();
    },
  };
}

function shownValue(column, row) {
  const value = row[column.key];
  if ((value === null || value === undefined || value === "") && !column.sortBy) return "–";
  return column.format ? column.format(value, row) : value;
}
