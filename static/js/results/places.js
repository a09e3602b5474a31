// Where further candidates would close the gaps of a plan, and the plan that has them.

import { post, request } from "../api.js";
import { el, fill, userText } from "../dom.js";
import { counted, number, people } from "../format.js";
import { sortableTable } from "./table.js";

/** Fills ``root`` when there are places that help, and adds the cure to ``cures``; on: {focus(kind, id), withCandidates(dataset)}. */
export async function renderPlaces(root, cures, plan, on) {
  const { complete, places } = await request(`/plans/${encodeURIComponent(plan.id)}/suggestions`);
  root.hidden = places.length === 0;
  if (root.hidden) return;
  const button = el("button", { type: "button", id: "add-places" },
    `Add ${places.length === 1 ? "this candidate" : `these ${number(places.length)} candidates`} and plan again`);
  const fault = el("p", { class: "errors", role: "alert" });
  button.onclick = async () => {
    button.disabled = true;
    fill(fault);
    try {
      on.withCandidates(await post(`/datasets/${encodeURIComponent(plan.request.candidates)}/additions`, {
        places: places.map(({ id, name, lat, lon }) => ({ id: `added-${id}`, name, lat, lon })),
      }));
    } catch (error) {
      fill(fault, error.message);
      button.disabled = false;
    }
  };
  const [first] = places;
  cures.append(button, fault);
  fill(root,
    el("h3", {}, "A candidate somewhere here"),
    el("p", {}, "A site in ", userText(first.name || first.id, "strong"), ` would help ${counted(first.points, "place", "places")} with ${
      people(first.population)} people. `, complete
      ? `${places.length === 1 ? "It closes every gap." : `${counted(places.length, "further candidate closes", "further candidates close")} every gap.`}`
      : `The ${number(places.length)} most helpful places do not close every gap.`),
    sortableTable({
      label: "Places for further candidates",
      rows: places,
      sort: ["population", "descending"],
      shown: 25,
      onPick: (place) => on.focus("demand", place.id),
      columns: [
        { key: "name", label: "A site in", text: true },
        { key: "population", label: "People it helps", format: number },
        { key: "points", label: "Places it helps", format: number },
      ],
    }).element);
}
