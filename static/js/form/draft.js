// What has been filled in and not yet sent: kept for this tab and this address, so that a reload loses nothing.

const key = () => `sitewright.draft:${location.pathname}`;

/** {fields: {name: value}, required, forbidden, open}, or null. */
export function readDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(key()));
  } catch {
    return null;
  }
}

export function keepDraft(draft) {
  try {
    sessionStorage.setItem(key(), JSON.stringify(draft));
  } catch {
    // Storage may be forbidden or full; then a reload starts afresh.
  }
}

export function dropDraft() {
  try {
    sessionStorage.removeItem(key());
  } catch {
    // Nothing was kept.
  }
}

/** The named fields of a form, as they stand. */
export function fieldsOf(form) {
  const fields = {};
  for (const node of form.elements) {
    if (!node.name || node.type === "file") continue;
    if (node.type === "radio") {
      if (node.checked) fields[node.name] = node.value;
    } else if (node.type === "checkbox") {
      fields[node.name] = node.dataset.many === undefined ? node.checked
        : [...(fields[node.name] ?? []), ...(node.checked ? [node.value] : [])];
    } else fields[node.name] = node.value;
  }
  return fields;
}

/** Puts fields back; what the form does not have is left out. */
export function putFields(form, fields) {
  for (const node of form.elements) {
    if (!node.name || node.type === "file" || !(node.name in fields)) continue;
    const value = fields[node.name];
    if (node.type === "radio") node.checked = node.value === value;
    else if (node.type === "checkbox") node.checked = Array.isArray(value) ? value.includes(node.value) : value === true;
    else node.value = value;
  }
}
