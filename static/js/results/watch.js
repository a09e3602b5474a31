// Following a plan that is being solved: the event stream, and plain asking when the stream fails.

import { getPlan, planUrl } from "../api.js";

const POLL_MS = 1000;
const FINAL = new Set(["done", "failed", "cancelled"]);

export const isFinal = (plan) => FINAL.has(plan.state);

/** Calls onProgress(event) for each step and onEnd(plan) once; returns a function that stops watching. */
export function watchPlan(plan, onProgress, onEnd) {
  let stopped = false;
  let ended = false;
  let timer = null;
  const source = new EventSource(planUrl(plan.id, "events"));
  const finish = (last) => {
    if (stopped || ended) return;
    ended = true;
    stop();
    onEnd(last);
  };
  const stop = () => {
    source.close();
    clearTimeout(timer);
  };
  const ask = async () => {
    if (stopped || ended) return;
    try {
      const now = await getPlan(plan.id);
      if (stopped || ended) return;
      if (isFinal(now)) {
        finish(now);
        return;
      }
      onProgress({ ...now.progress, state: now.state });
    } catch (error) {
      if (error.status === 404) {
        stop();
        return;
      }
    }
    timer = setTimeout(ask, POLL_MS);
  };
  const receive = (message) => {
    let event;
    try {
      event = JSON.parse(message.data);
    } catch {
      return;
    }
    if (FINAL.has(event.state)) {
      source.close();
      ask();
      return;
    }
    onProgress(event);
  };
  for (const name of ["message", "progress", "state", "end"]) source.addEventListener(name, receive);
  source.onerror = () => {
    // A stream that breaks may be a restart of the service: asking finds the plan again.
    source.close();
    clearTimeout(timer);
    timer = setTimeout(ask, POLL_MS);
  };
  return () => {
    stopped = true;
    stop();
  };
}
