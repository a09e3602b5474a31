// The data set fields: pick one that is there, or upload a file.

import { listDatasets, uploadDataset } from "../api.js";
import { el, fill } from "../dom.js";
import { showErrors } from "./errors.js";
import { counted, people } from "../format.js";

const ROLES = ["demand", "candidates", "rtt"];
const WORDS = { demand: ["place", "places"], candidates: ["site", "sites"], rtt: ["pair", "pairs"] };
const FIRST_CHOICE = { demand: "example-germany-demand", candidates: "example-germany-candidates" };

/** uploaded(): called when an upload has become the choice.  ``ready`` resolves when the list is there. */
export function bindDatasets(uploaded) {
  const known = new Map();
  const touched = new Set();
  for (const role of ROLES) bindRole(role, known, touched, uploaded);
  const fillLists = async () => {
    for (const dataset of await listDatasets()) known.set(dataset.id, dataset);
    for (const role of ROLES) {
      // An upload may be quicker than the list: what the person chose stays chosen.
      if (touched.has(role)) choose(role, known, document.getElementById(role).value);
      else choose(role, known, FIRST_CHOICE[role] ?? [...known.values()].find((dataset) => dataset.role === role)?.id ?? "");
    }
  };
  return {
    ready: fillLists(),
    select: (role, id) => known.has(id) && choose(role, known, id),
    add: (dataset) => known.set(dataset.id, dataset),
    chosen: (role) => known.get(document.getElementById(role).value) ?? null,
    get: (id) => known.get(id) ?? null,
    nameOf: (role) => known.get(document.getElementById(role).value)?.name ?? "",
  };
}

function bindRole(role, known, touched, uploaded) {
  const select = document.getElementById(role);
  const file = document.getElementById(`${role}-file`);
  select.addEventListener("change", () => {
    touched.add(role);
    showErrors(role, []);
    describe(role, known);
  });
  const read = async (upload, cellKm = null) => {
    about(role, `Reading ${upload.name} …`);
    file.disabled = true;
    try {
      const dataset = await uploadDataset(upload, role, cellKm);
      known.set(dataset.id, dataset);
      choose(role, known, dataset.id);
      uploaded();
    } catch (error) {
      // Not back to the data set chosen before: it is not what the person meant to plan with.
      choose(role, known, "");
      showErrors(role, error.lines ?? [String(error)], error.omitted);
    } finally {
      file.disabled = false;
    }
  };
  file.addEventListener("change", () => {
    const [upload] = file.files;
    if (!upload) return;
    file.value = "";
    touched.add(role);
    showErrors(role, []);
    if (role === "demand" && askForCells(upload, read)) return;
    read(upload);
  });
}

/** A raster is read into cells of a size to be chosen first; false for other files. */
function askForCells(upload, read) {
  const raster = /\.tiff?$/i.test(upload.name);
  const box = document.getElementById("cell_km-field");
  box.hidden = !raster;
  if (!raster) return false;
  const size = document.getElementById("cell_km");
  document.getElementById("read-raster").onclick = async () => {
    const km = Number(size.value);
    const good = size.value.trim() !== "" && km > 0;
    showErrors("cell_km", good ? [] : ["expected a number of km above 0"]);
    if (!good) return;
    await read(upload, km);
    box.hidden = true;
  };
  about("demand", `${upload.name}: choose the size of its cells.`);
  size.focus();
  return true;
}

function choose(role, known, id) {
  fillSelect(role, known, id);
  describe(role, known);
}

function fillSelect(role, known, chosen) {
  const select = document.getElementById(role);
  const options = [...known.values()].filter((dataset) => dataset.role === role);
  fill(select, options.map((dataset) => el("option", { value: dataset.id }, dataset.name)),
    options.length && chosen !== "" ? null : el("option", { value: "" }, options.length ? "choose one, or upload a file" : "none yet: upload a file"));
  if (chosen === "" || options.some((dataset) => dataset.id === chosen)) select.value = chosen;
}

function describe(role, known) {
  const dataset = known.get(document.getElementById(role).value);
  if (!dataset) return about(role, "");
  const size = counted(dataset.rows, ...WORDS[role]);
  const population = dataset.population === null ? "" : `, ${people(dataset.population)} people`;
  return about(role, `${size}${population}`, dataset.warnings);
}

function about(role, text, warnings = []) {
  document.getElementById(`${role}-about`).textContent = text;
  const box = document.getElementById(`${role}-warnings`);
  box.hidden = warnings.length === 0;
  box.open = warnings.length === 1;
  fill(box.querySelector("summary"), counted(warnings.length, "warning", "warnings"));
  fill(box.querySelector("ul"), warnings.map((warning) => el("li", {}, warning)));
}
