// One failure after the other, the one that hurts most first: as a ranking to choose from, and as a walk.

import { el, fill, userText } from "../dom.js";
import { measure, number, people } from "../format.js";
import { nameOf } from "./model.js";

const STEP_MS = 1400;
const RANKS_SHOWN = 100;

export function createPlay(root, { model, store, stage, ranking }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let rows = null;
  let at = -1;
  let timer = null;

  const button = (label, id, onclick) => el("button", { type: "button", id, onclick }, label);
  const previous = button("Previous", "play-previous", () => step(-1));
  const play = button("Play", "play-toggle", () => (timer === null ? start() : stop()));
  const next = button("Next", "play-next", () => step(1));
  const position = el("p", { class: "hint", id: "play-position" });
  const list = el("ol", { class: "ranking", id: "ranking" });
  const details = el("details", {}, el("summary", {}, "Which failures hurt most"), list);
  details.addEventListener("toggle", () => details.open && ranked().catch(told));
  const walk = el("div", { class: "walk", role: "group", "aria-label": "Fail one site after the other" }, previous, play, next);
  fill(root, el("h2", {}, "Every single failure"), walk, position, details);
  still.addEventListener("change", motion);
  motion();

  /** With reduced motion nothing moves by itself. */
  function motion() {
    play.hidden = still.matches;
    if (still.matches) stop();
  }

  async function ranked() {
    if (rows === null) {
      position.textContent = "Ranking the failures…";
      rows = await ranking();
      position.textContent = `${number(rows.length)} failures, the worst first`;
      fill(list, rows.slice(0, RANKS_SHOWN).map(entry),
        rows.length > RANKS_SHOWN ? el("li", { class: "hint" }, `and ${number(rows.length - RANKS_SHOWN)} that hurt less`) : null);
    }
    return rows;
  }

  function entry(row, i) {
    const lost = row.pointsLost > 0;
    return el("li", {}, el("button", {
      type: "button", class: "rank", "data-site": model.sites.id[row.site], onclick: () => { stop(); go(i); },
      onfocus: () => stage.focusCandidate(row.site), onblur: () => stage.focusCandidate(null),
    }, el("span", { class: "name" }, userText(nameOf(model.sites, row.site))),
    el("span", { class: "note" }, lost ? `${people(row.populationLost)} lost, ` : "", `${people(row.populationMoved)} move, worst ${
      measure(row.worstAfter, model.reach.unit)}`)));
  }

  function go(i) {
    at = (i + rows.length) % rows.length;
    store.set([rows[at].site]);
    position.textContent = `Failure ${number(at + 1)} of ${number(rows.length)}`;
    [...list.querySelectorAll(".rank")].forEach((rank, row) => rank.toggleAttribute("aria-current", row === at));
  }

  async function step(by) {
    stop();
    await ranked().then(() => go(at < 0 && by < 0 ? -1 : at + by)).catch(told);
  }

  async function start() {
    play.textContent = "Pause";
    // A screen reader would fall behind a running walk.
    document.getElementById("drill-head").setAttribute("aria-live", "off");
    timer = 0;
    await ranked().catch(told);
    if (rows === null || timer === null) return stop();
    go(at + 1);
    timer = setInterval(() => go(at + 1), STEP_MS);
    return undefined;
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
    document.getElementById("drill-head").setAttribute("aria-live", "polite");
  }

  function told(error) {
    position.textContent = `The ranking cannot be made: ${error.message}`;
  }

  store.onChange(() => {
    const { failed } = store.view();
    // Somebody restored or failed something else: the walk is over.
    if (at >= 0 && !(failed.size === 1 && failed.has(rows[at].site))) {
      stop();
      at = -1;
      position.textContent = "";
      list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    }
  });
}
