// The price of resilience: how many sites surviving no, one or two failures takes.  A job of its own, asked for once.

import { planRows, post, request } from "../api.js";
import { el, fill, userText } from "../dom.js";
import { counted, number } from "../format.js";

const POLL_MS = 1000;
const MOST_SECONDS = 60;
const ENDED = new Set(["done", "failed", "cancelled"]);
const path = (id, what) => `/plans/${encodeURIComponent(id)}/${what}`;

/** on: {highlight(ids)}.  Returns {stop()}: no more asking. */
export function renderPrice(root, plan, on) {
  let stopped = false;
  root.hidden = !plan.sites;
  if (root.hidden) return { stop() {} };
  const body = el("div", { class: "price-body" });
  fill(root, el("h2", {}, "Price of resilience"), body);
  const ks = [...new Set([0, 1, 2, plan.survive])].sort((a, b) => a - b);

  const invite = (note = "") => {
    const button = el("button", { type: "button", id: "ask-price" }, `What does surviving ${ks.join(", ").replace(/, (\d)$/, " or $1")} failures take?`);
    button.onclick = async () => {
      button.disabled = true;
      try {
        const seconds = Math.min(MOST_SECONDS, plan.request.limits.seconds);
        const job = await post(path(plan.id, "price"), { survive: ks, limits: { seconds, gap: plan.request.limits.gap } });
        follow(job.id);
      } catch (error) {
        invite(error.message);
      }
    };
    fill(body, el("p", {}, "Solves this plan again for other numbers of failures, each starting from its neighbour's sites."),
      el("div", { class: "actions" }, button), note ? el("p", { class: "errors", role: "alert" }, note) : null);
  };

  async function follow(id) {
    while (!stopped) {
      let curve;
      try {
        curve = await request(path(id, "curve"));
      } catch (error) {
        invite(error.message);
        return;
      }
      if (stopped) return;
      show(curve);
      if (ENDED.has(curve.state)) return;
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
    }
  }

  function show(curve) {
    const stepTo = new Map(curve.steps.map((step) => [step.to_value, step]));
    const priced = curve.points.some((point) => Number.isFinite(point.cost_usd));
    const running = !ENDED.has(curve.state);
    const own = curve.steps.find((step) => step.to_value === plan.survive);
    fill(body,
      own ? el("p", { class: "sentence", id: "price-sentence" }, sentence(own)) : null,
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Price of resilience, by failures survived" }, el("table", {},
        el("thead", {}, el("tr", {}, ["Failures survived", "Sites", "No plan below", "More sites", priced ? "Cost, USD" : null, ""]
          .filter((text) => text !== null).map((text) => el("th", { scope: "col" }, text)))),
        el("tbody", {}, curve.values.map((k) => line(k, curve.points.find((point) => point.value === k), stepTo.get(k), priced, running))))),
      own && !running ? names(own) : null,
      running ? el("p", { class: "hint", role: "status" }, `Solving: ${curve.points.length} of ${curve.values.length} done.`)
        : curve.complete ? null : el("p", { class: "hint" }, "It was stopped before the rest was solved."),
      el("p", { class: "help" }, el("a", { href: `/api/v1${path(curve.id, "curve")}?format=csv`, download: "price-of-resilience.csv" }, "Download as CSV")));
  }

  /** Who the new sites are, and whom they replace; names are fetched when somebody looks. */
  function names({ sites_in: sitesIn, sites_out: sitesOut }) {
    const list = el("div", { class: "names" });
    const out = sitesOut.length ? `, and the ${number(sitesOut.length)} they replace` : "";
    const details = el("details", { class: "numbers", id: "price-names" }, el("summary", {}, `The ${counted(sitesIn.length, "new site", "new sites")} by name${out}`), list);
    details.addEventListener("toggle", async () => {
      if (!details.open || list.firstChild) return;
      const rows = await planRows(plan.id, "candidates").catch(() => []);
      const known = new Map(rows.map((row) => [row.id, row.name]));
      const said = (ids) => ids.map((id, i) => [i ? ", " : "", userText(known.get(id) || id)]);
      fill(list, el("p", { "data-sites": "in" }, said(sitesIn), "."), sitesOut.length ? el("p", { class: "hint", "data-sites": "out" }, "Instead of ", said(sitesOut), ".") : null);
    });
    return details;
  }

  function line(k, point, step, priced, running) {
    const usable = point && Number.isFinite(point.sites);
    return el("tr", { class: k === plan.survive ? "marked" : null, "data-survive": k },
      el("th", { scope: "row" }, number(k)),
      el("td", {}, usable ? number(point.sites) : point ? "not possible" : running ? "…" : "–"),
      el("td", {}, usable && plan.request.objective === "sites" ? number(Math.ceil(point.lower_bound - 1e-6)) : "–"),
      el("td", {}, step ? signed(step.extra_sites) : "–"),
      priced ? el("td", {}, usable && Number.isFinite(point.cost_usd) ? number(point.cost_usd) : "–") : null,
      el("td", {}, step?.sites_in.length ? el("button", {
        type: "button", class: "pick", onclick: () => on.highlight(step.sites_in),
      }, `Show the ${number(step.sites_in.length)} new`) : ""));
  }

  function sentence(step) {
    const words = `Surviving ${step.to_value === 1 ? "one failure" : `${step.to_value} failures`} instead of ${step.from_value || "none"} costs ${
      counted(step.extra_sites, "more site", "more sites")}`;
    return plan.request.objective === "sites" && step.extra_least < step.extra_most
      ? `${words} as found; proven: from ${number(Math.max(0, step.extra_least))} to ${number(step.extra_most)}.` : `${words}.`;
  }

  request(path(plan.id, "lineage")).then(({ curves }) => {
    const known = curves.filter((curve) => curve.request.curve?.over === "survive" && curve.state !== "failed" && curve.state !== "cancelled")
      .sort((a, b) => (a.created_at < b.created_at ? 1 : -1))[0];
    if (stopped) return undefined;
    return known ? follow(known.id) : invite();
  }).catch((error) => invite(error.message));
  return { stop() { stopped = true; } };
}

const signed = (value) => (value > 0 ? `+${number(value)}` : number(value));
