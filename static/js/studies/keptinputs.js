// The planner's own inputs, kept in this tab so that every plan opened in it is judged by the same assumptions.

const KEY = "sitewright-economics-inputs";

export function keptInputs() {
  let values = read();
  const save = () => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(values));
    } catch {
      // Full or switched off: the inputs live as long as the page.
    }
  };
  return {
    values: () => ({ ...values }),
    /** ``null`` takes the input back to its default. */
    set(name, value) {
      const { [name]: _, ...others } = values;
      values = value === null ? others : { ...others, [name]: value };
      save();
    },
    clear() {
      values = {};
      save();
    },
  };
}

function read() {
  try {
    const found = Object.entries(JSON.parse(sessionStorage.getItem(KEY)) ?? {});
    return Object.fromEntries(found.filter(([, value]) => Number.isFinite(value)));
  } catch {
    return {};
  }
}
