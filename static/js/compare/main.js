// Two or more plans side by side.  The address says which: /compare?plans=a,b

import { listPlans, request } from "../api.js";
import { el, fill, userText } from "../dom.js";
import { counted, number, people } from "../format.js";
import { figuresTable, sitesTable } from "./differences.js";
import { showMaps } from "./maps.js";

const part = (id) => document.getElementById(id);
const ids = (new URLSearchParams(location.search).get("plans") ?? "").split(",").filter(Boolean);

async function compare() {
  const answer = await request(`/compare?plans=${ids.map(encodeURIComponent).join(",")}`);
  const { plans, differing_sites: sites } = answer;
  document.title = `${plans.map((plan) => plan.name).join(" · ")} – Sitewright`;
  fill(part("title"), plans.flatMap((plan, i) => [i ? " and " : "", userText(plan.name)]));
  fill(part("difference"), sentence(answer));
  const maps = showMaps(part("maps"), plans, sites);
  fill(part("figures"), el("h2", {}, "Figures"), figuresTable(plans));
  fill(part("sites"), el("h2", {}, counted(sites.length, "site differs", "sites differ")),
    sites.length ? sitesTable(plans, sites, maps.focus) : el("p", {}, "These plans open the same sites."));
  ["maps", "figures", "sites"].forEach((id) => { part(id).hidden = false; });
}

function sentence({ plans, sites_in_all: shared, affected }) {
  const touched = affected.map((change, i) => (change === null ? "they have other demand, so people cannot be compared"
    : `for ${people(change.population)} people in ${counted(change.points, "place", "places")} the primary or backup site is another one${
      affected.length > 1 ? ` in plan ${i + 2}` : ""}`));
  return `${counted(shared, "site is", "sites are")} open in ${plans.length === 2 ? "both" : "all"}; ${touched.join("; ")}.`;
}

async function choose() {
  const plans = (await listPlans(100)).filter((plan) => plan.state === "done" && plan.outcome !== "no_plan");
  fill(part("plans"), plans.length < 2 ? el("li", { class: "hint" }, "There are fewer than two finished plans.") : plans.map((plan) => {
    const box = el("input", { type: "checkbox", name: "plan", value: plan.id, id: `plan-${plan.id}` });
    box.checked = ids.includes(plan.id);
    return el("li", {}, box, el("label", { for: `plan-${plan.id}` }, userText(plan.name), " ",
      el("span", { class: "hint" }, plan.sites === null ? "no plan possible" : `${number(plan.sites)} sites`)));
  }));
}

part("choose").addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = new FormData(event.target).getAll("plan");
  part("choice-error").hidden = chosen.length >= 2 && chosen.length <= 6;
  part("choice-error").textContent = "Choose two to six plans.";
  if (part("choice-error").hidden) location.search = `?plans=${chosen.join(",")}`;
});

function told(error) {
  fill(part("difference"), el("span", { class: "lost", role: "alert" }, (error.lines ?? [error.message]).join(" ")));
}

if (ids.length > 0) compare().catch(told);
choose().catch(told);
