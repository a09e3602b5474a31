// Building the page.  User text enters the document here and only as textContent.

/** el("button", {class: "x", type: "button", onclick: f}, "text", child): strings become text nodes. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

/** Replaces everything inside ``node``. */
export function fill(node, ...children) {
  node.textContent = "";
  append(node, children);
  return node;
}

/** A user's own words, kept apart from ours for reading direction. */
export function userText(text, tag = "bdi") {
  return el(tag, {}, text);
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}
