// Between the map and the page around it: the page listens, and calls window.sitewrightMap.

/** Without a page around it the map speaks to nobody, and opens other plans itself. */
export function createMessages() {
  const embedded = window.parent !== window;
  const send = (message) => embedded && window.parent.postMessage(message, location.origin);
  return {
    ready: () => send({ type: "sitewright:ready" }),
    select: (kind, id) => send({ type: "sitewright:select", kind, id }),
    /** byHand: a person did it here, not the page around. */
    failed: (ids, byHand) => send({ type: "sitewright:failed", ids, byHand }),
    marks: (lists) => send({ type: "sitewright:marks", ...lists }),
    view: (view, byHand) => send({ type: "sitewright:view", ...view, byHand }),
    open(plan) {
      if (embedded) send({ type: "sitewright:open", plan });
      else location.assign(`/plans/${encodeURIComponent(plan)}`);
    },
  };
}
