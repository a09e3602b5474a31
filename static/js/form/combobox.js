// A text field that offers what it finds: by mouse, and by arrows, Enter and Escape.

import { el, fill, userText } from "../dom.js";

const OFFERED = 8;

/**
 * input: role=combobox · list: its role=listbox · search(text) → [{id, name}] · choose({id, name}).
 * Choosing empties the field unless ``keep``.
 */
export function combobox(input, list, { search, choose, keep = false }) {
  let offered = [];
  let active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    active = next;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    }
  };
  const take = (i) => {
    const taken = offered[i];
    input.value = keep ? taken.name || taken.id : "";
    close();
    choose(taken);
  };
  const offer = () => {
    const text = input.value.trim();
    offered = text ? search(text, OFFERED) : [];
    fill(list, offered.map((entry, i) => el("li", {
      role: "option", id: `${list.id}-${i}`, "aria-selected": "false",
      // The field would lose its focus before a click arrives.
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => take(i),
    }, userText(entry.name || entry.id), entry.name && entry.name !== entry.id ? el("small", {}, " ", userText(entry.id)) : null)),
    text && !offered.length ? el("li", { class: "none", role: "option", "aria-disabled": "true" }, "none of that name") : null);
    list.hidden = !text;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(offered.length ? 0 : -1);
  };

  input.addEventListener("input", (event) => {
    // What is looked for is not yet what is chosen.
    event.stopPropagation();
    offer();
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter") {
      // Never the form: a half-typed name is not a plan.
      event.preventDefault();
      if (!list.hidden && active >= 0) take(active);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && offered.length) {
      event.preventDefault();
      if (list.hidden) offer();
      else mark((active + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length);
    }
  });
}

/** Those whose name or id begins with ``text`` first, then those that hold it. */
export function findByName({ ids, names }, text, atMost) {
  const wanted = text.toLocaleLowerCase();
  const first = [];
  const rest = [];
  for (let i = 0; i < ids.length && first.length < atMost; i += 1) {
    const name = names[i].toLocaleLowerCase();
    if (name.startsWith(wanted) || ids[i].toLocaleLowerCase() === wanted) first.push(i);
    else if (rest.length < atMost && name.includes(wanted)) rest.push(i);
  }
  return [...first, ...rest].slice(0, atMost).map((i) => ({ id: ids[i], name: names[i] }));
}
