// Libraries that only some pages need, fetched from our own server when they are first asked for.

const asked = new Map();

function once(address, make) {
  if (!asked.has(address)) {
    asked.set(address, new Promise((resolve, reject) => {
      const node = make();
      node.onload = resolve;
      node.onerror = () => reject(new Error(`${address} cannot be read`));
      document.head.append(node);
    }));
  }
  return asked.get(address);
}

export const loadScript = (src) => once(src, () => Object.assign(document.createElement("script"), { src }));

export const loadStyle = (href) =>
  once(href, () => Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
