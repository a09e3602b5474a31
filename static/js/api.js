// The service's API.  Errors arrive as problem+json and leave as ApiError with one line per problem.

const BASE = "/api/v1";

export class ApiError extends Error {
  constructor(status, body) {
    super(body.detail || `The service answered ${status}.`);
    this.status = status;
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.omitted = body.omitted > 0 ? body.omitted : 0;
  }

  /** One sentence per problem; never empty. */
  get lines() {
    const lines = this.errors.map((error) => error.message).filter(Boolean);
    return lines.length ? lines : [this.message];
  }
}

export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(BASE + path, { ...options, headers: { accept: "application/json", ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { detail: "The service cannot be reached. Is it still running?" });
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body);
  return body;
}

export async function listDatasets() {
  const datasets = [];
  let after = null;
  do {
    const page = await request(`/datasets?limit=1000${after ? `&after=${encodeURIComponent(after)}` : ""}`);
    datasets.push(...page.datasets);
    after = page.next;
  } while (after);
  return datasets;
}

/** cellKm: the size of the cells that a population raster is summed into. */
export function uploadDataset(file, role, cellKm = null) {
  const form = new FormData();
  form.append("role", role);
  form.append("name", file.name);
  if (cellKm !== null) form.append("cell_km", String(cellKm));
  form.append("file", file, file.name);
  return request("/datasets", { method: "POST", body: form });
}

export async function listPlans(limit = 20) {
  const { plans } = await request(`/plans?limit=${limit}`);
  return plans.sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
}

export const getPlan = (id) => request(`/plans/${encodeURIComponent(id)}`);
export const stopPlan = (id) => request(`/plans/${encodeURIComponent(id)}/stop`, { method: "POST" });
export const cancelPlan = (id) => request(`/plans/${encodeURIComponent(id)}/cancel`, { method: "POST" });
export const datasetPoints = (id, atMost) => request(`/datasets/${encodeURIComponent(id)}/points?at_most=${atMost}`);
export const planUrl = (id, what) => `${BASE}/plans/${encodeURIComponent(id)}/${what}`;

/** {points, population} of a demand data set within ``km`` of a place. */
export const peopleWithin = (id, { lat, lon, km }, signal) =>
  request(`/datasets/${encodeURIComponent(id)}/within?lat=${lat}&lon=${lon}&km=${km}`, { signal });

/** The rows of one of a plan's tables, each with lat and lon: sites, gaps, failures. */
export async function planRows(id, table) {
  const { features } = await request(`/plans/${encodeURIComponent(id)}/${table}`);
  return features.map(({ properties, geometry }) => ({ ...properties, lon: geometry.coordinates[0], lat: geometry.coordinates[1] }));
}

export const createPlan = (body) => post("/plans", body, { "idempotency-key": randomKey() });

export const createVariant = (id, changes) =>
  post(`/plans/${encodeURIComponent(id)}/variants`, changes, { "idempotency-key": randomKey() });

/** What POST /plans with this body would find before solving.  ``signal`` gives the answer up. */
export const previewPlan = (body, signal) => post("/preview", body, {}, signal);

export function post(path, body, headers = {}, signal = undefined) {
  return request(path, {
    method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body), signal,
  });
}

function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
