// Setting up: the chosen points on a map, whom a candidate reaches, and who could not be protected, before any solve.

import { datasetPoints, peopleWithin, previewPlan } from "../api.js";
import { loadScript, loadStyle } from "../charts/library.js";
import { el, fill, userText } from "../dom.js";
import { clearErrors, spreadErrors } from "../form/errors.js";
import { counted, limitText, number, people } from "../format.js";
import { widerReach } from "../reach.js";
import { gapTable } from "../results/gaptable.js";
import { finderCard } from "./finder.js";
import { NO_POINTS } from "./lazy.js";
import { stageLegend } from "./legend.js";

const AT_MOST = { demand: 60_000, candidates: 200_000 };
const PAUSE_MS = 250;
const NO_REACH = { limit: 0, unit: "km", own: {} };

/** parts: {setup, stage, lists} · form: see form.js · datasets · on: {back()}. */
export function createSetup(parts, form, datasets, on) {
  const head = {
    title: el("h1", {}, "New plan"),
    inputs: el("p", { class: "settings" }),
    count: el("p", { class: "verdict", id: "setup-count", role: "status" }),
    notes: el("ul", { class: "notes", id: "setup-notes" }),
    actions: el("div", { class: "actions" }),
  };
  fill(parts.setup, el("div", { class: "setup-head" }, head.title, head.inputs, head.count, head.notes), head.actions);
  const frame = el("div", { class: "stage-map", id: "stage-map" });
  const told = el("p", { class: "reach-told", id: "reach-told", role: "status" });
  const legend = el("ul", { class: "stage-legend" });
  fill(parts.stage, frame, el("div", { class: "stage-foot" }, told, legend));
  const gapCard = el("div", { class: "card", id: "setup-gaps" });
  fill(parts.lists, finderCard(() => points.candidates, {
    show(row) {
      pinned = row;
      stage.look(points.candidates.lat[row], points.candidates.lon[row]);
      tell(row);
    },
    pick: (kind, row) => form.picks.add(kind, { id: points.candidates.ids[row], name: points.candidates.names[row] }),
    pinned: () => pinned,
  }), gapCard);

  let stage = null;
  let building = null;
  const drawn = { demand: null, candidates: null };
  const read = { demand: null, candidates: null };
  let points = { demand: NO_POINTS, candidates: NO_POINTS };
  let reach = NO_REACH;
  let pinned = -1;
  let opened = [];
  let asking = null;
  let counting = null;
  let timer = null;
  let turn = 0;

  async function build() {
    building ??= Promise.all([loadScript("/static/vendor/leaflet/leaflet.js"), loadStyle("/static/vendor/leaflet/leaflet.css")])
      .then(() => import("./stage.js")).then(({ createStage }) => createStage(frame));
    if (stage) return;
    stage = await building;
    stage.on("candidate", (row) => tell(row < 0 ? pinned : row));
    stage.on("pick", (row) => { pinned = row; tell(row); });
    stage.on("gap", (row) => gapRows?.mark(stage.scene.gaps.id[row]));
    Object.defineProperty(window, "sitewrightStage", { value: stage, configurable: true });
  }

  /** Demand that is drawn and counted by the service. */
  const isLarge = (id) => (datasets.get(id)?.rows ?? 0) > AT_MOST.demand;

  /** Reads the points of a data set unless they are there already. */
  async function load(role, id) {
    if (!id || read[role] === id || (role === "demand" && isLarge(id))) return;
    const found = await datasetPoints(id, AT_MOST[role]);
    read[role] = id;
    points = { ...points, [role]: found };
    if (role === "candidates") form.picks.settle();
  }

  /** Draws the points of both data sets; what is drawn already stays. */
  async function draw(ids) {
    const mine = (turn += 1);
    await build();
    const wanted = ["demand", "candidates"].filter((role) => ids[role] && drawn[role] !== ids[role]);
    await Promise.all(wanted.map((role) => load(role, ids[role])));
    if (mine !== turn) return false;
    for (const role of wanted) {
      drawn[role] = ids[role];
      if (role === "demand" && isLarge(ids.demand)) {
        stage.setDemandTiles(`/api/v1/datasets/${encodeURIComponent(ids.demand)}/tiles.json`).catch((error) => console.error(error));
      } else if (role === "demand") stage.setDemand(points.demand);
      else stage.setCandidates(points.candidates);
    }
    if (wanted.length) {
      pinned = -1;
      stage.setGaps([]);
      const bounds = datasets.get(ids.demand)?.bounds ?? boundsOf(points.demand);
      if (wanted.includes("demand")) stage.fit(bounds);
    }
    return true;
  }

  function tell(row) {
    if (!stage) return;
    const { ids, names } = points.candidates;
    const reachKm = reach.own[ids[row]] ?? reach.limit;
    if (row < 0 || reach.unit !== "km" || !(reachKm > 0)) {
      stage.showReach(-1, 0);
      fill(told, reach.unit === "km" ? "Point at a candidate to see whom it reaches." : "");
      return;
    }
    const say = (places, reached) => fill(told, userText(names[row] || ids[row], "strong"), ` reaches ${
      counted(places, "place", "places")} with ${people(reached)} people within ${limitText(roundedDown(reachKm), "km")}.`);
    const { places, people: reached } = stage.showReach(row, reachKm);
    counting?.abort();
    if (!isLarge(drawn.demand)) {
      say(places, reached);
      return;
    }
    counting = new AbortController();
    const { lat, lon } = points.candidates;
    fill(told, userText(names[row] || ids[row], "strong"), " …");
    peopleWithin(drawn.demand, { lat: lat[row], lon: lon[row], km: reachKm }, counting.signal)
      .then((found) => say(found.points, found.population))
      .catch((error) => error.name !== "AbortError" && fill(told, error.message));
  }

  let gapRows = null;

  function showCount(seen, body) {
    const { points: lacking, population } = seen.gaps;
    const needed = counted(body.survive + 1, "candidate", "candidates");
    const within = limitText(roundedDown(reach.limit), reach.unit);
    count(lacking === 0
      ? [`Every place has at least ${needed} within ${within}.`]
      : [`${counted(lacking, "place", "places")} with ${people(population)} people ${lacking === 1 ? "has" : "have"} fewer than ${
        needed} within ${within}.`, body.cover.uncoverable === "fail" ? " As set up, the plan will be refused." : ""], lacking > 0, lacking);
    const ruledOut = Object.entries(seen.excluded).map(([reason, sites]) => `${counted(sites, "candidate", "candidates")} ruled out: ${reason}`);
    fill(head.notes, [...ruledOut, ...seen.notes].map((line) => el("li", {}, line)));
    stage.setGaps(seen.gaps.listed);
    showGaps(seen.gaps, body);
    fill(legend, stageLegend({ gaps: lacking > 0 }));
  }

  /** The one sentence about the set-up; gaps: how many it speaks of. */
  function count(words, bad, gaps = null) {
    head.count.classList.toggle("bad", bad);
    fill(head.notes);
    if (gaps === null) {
      delete head.count.dataset.gaps;
      gapCard.hidden = true;
      stage?.setGaps([]);
    } else head.count.dataset.gaps = gaps;
    fill(head.count, words);
    // Beside the button too, where a narrow screen has the view far below the form.
    fill(document.getElementById("start-told"), words);
  }

  function showGaps({ points: lacking, listed }, body) {
    gapCard.hidden = lacking === 0;
    if (lacking === 0) return;
    const cure = lacking === listed.length ? widerReach(body.reach, listed) : null;
    gapRows = gapTable(listed, { onPick: (gap) => stage.look(gap.lat, gap.lon), file: "gaps-preview.csv" });
    fill(gapCard,
      el("h2", {}, counted(lacking, "coverage gap", "coverage gaps")),
      el("div", { class: "actions" },
        body.cover.uncoverable === "fail"
          ? el("button", { type: "button", onclick: () => form.set({ uncoverable: "exempt" }) }, "Exempt them") : null,
        cure ? el("button", { type: "button", onclick: () => form.set(cure.fields) }, cure.words) : null),
      lacking > listed.length ? el("p", { class: "hint" }, `The ${number(listed.length)} with most people, of ${number(lacking)}.`) : null,
      gapRows.element);
  }

  async function ask(body, faults) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const faulty = faults.map(([field]) => field);
    const blocking = faults.filter(([field]) => field !== "seconds" && field !== "seed" && field !== "gap");
    // A radius is known at once; what a promise leaves, the service says.
    reach = { ...NO_REACH, limit: body.reach.radius_km ?? 0 };
    const demand = datasets.chosen("demand");
    const candidates = datasets.chosen("candidates");
    fill(head.inputs, demand && candidates
      ? `${counted(demand.rows, "place", "places")} with ${people(demand.population ?? 0)} people, ${
        counted(candidates.rows, "candidate site", "candidate sites")}` : "Choose two data sets.");
    try {
      if (!(await draw({ demand: body.demand, candidates: body.candidates }))) return;
      fill(legend, stageLegend({ gaps: false }));
      tell(pinned);
      if (blocking.length) {
        count([], false);
        return;
      }
      const budget = await form.budget();
      if (signal.aborted) return;
      if (budget?.refusal) {
        clearErrors(faulty);
        count(["No placement of sites helps: what the promise is spent on leaves nothing for distance."], true);
        return;
      }
      const { seconds: _seconds, ...rest } = body.limits;
      const seen = await previewPlan({ ...body, limits: { ...rest, seconds: 60 }, seed: body.seed ?? 0 }, signal);
      if (signal.aborted) return;
      clearErrors(faulty);
      reach = seen.reach;
      tell(pinned);
      showCount(seen, body);
    } catch (error) {
      if (error.name === "AbortError") return;
      count([], false);
      if (!error.lines) throw error;
      clearErrors(faulty);
      spreadErrors(error, { scroll: false });
    }
  }

  const broken = (error) => {
    console.error(error);
    count([`The preview cannot be shown: ${error.message}.`], true);
  };
  const later = (body, faults) => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(body, faults).catch(broken), PAUSE_MS);
  };
  return {
    points: () => points.candidates,
    /** Names for candidates that are chosen by id. */
    nameCandidates: (id) => load("candidates", id),
    /** Shows the view; ``back``: the plan to go back to, if there is one. */
    open(back) {
      parts.setup.hidden = false;
      parts.stage.hidden = false;
      parts.lists.hidden = false;
      fill(head.actions, back
        ? el("button", { type: "button", class: "quiet", id: "back-to-plan", onclick: on.back }, "Back to ", userText(back.name)) : null);
      stage?.setSites([]);
      const { body, faults } = form.collect();
      ask(body, faults).catch(broken);
    },
    changed: later,
    close() {
      asking?.abort();
      clearTimeout(timer);
      fill(document.getElementById("start-told"));
      for (const part of [parts.setup, parts.stage, parts.lists]) part.hidden = true;
    },
    /** The same map under a solve: the inputs of ``request``, and then the sites of the best plan so far. */
    async showSolving(request) {
      parts.stage.hidden = false;
      fill(told, "");
      reach = NO_REACH;
      if (!(await draw({ demand: request.demand, candidates: request.candidates }))) return;
      stage.setGaps([]);
      stage.setSites(opened);
      stage.showReach(-1, 0);
      fill(legend, stageLegend({ gaps: false, sites: true }));
    },
    showSites(ids) {
      opened = ids;
      stage?.setSites(ids);
    },
  };
}

/** As the waterfall says it. */
const roundedDown = (value) => Math.floor(value * 10 + 1e-6) / 10;

function boundsOf({ lat, lon }) {
  const range = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [south, north] = range(lat);
  const [west, east] = range(lon);
  return [west, south, east, north];
}
