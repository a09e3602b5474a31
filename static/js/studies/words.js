// Amounts of money, shares and ratios as people read them, and small helpers the studies share.

import { number } from "../format.js";

const fine = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const cents = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Any quantity with as many digits as say something: 1,234; 17.41; 0.0133. */
export function amount(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return number(value);
  return size >= 1 ? cents.format(value) : fine.format(value);
}

const exact = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 12 });

/** Every digit there is, for figures that somebody chose. */
export const asGiven = (value) => exact.format(value);

/** An input as it is typed: no thousands separators lost, no digits invented. */
export const typed = (value) => String(Number(value.toPrecision(12)));

export const times = (ratio) => (ratio === null || ratio === undefined ? "–" : `${fine.format(ratio)} ×`);

export const capital = (text) => text.charAt(0).toLocaleUpperCase("en") + text.slice(1);

export const planPath = (id, what) => `/plans/${encodeURIComponent(id)}/${what}`;
