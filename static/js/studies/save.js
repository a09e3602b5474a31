// A file that the service makes of a POSTed body.

import { ApiError } from "../api.js";
import { el } from "../dom.js";

/** A button that posts ``body()`` to ``path`` and saves the answer as ``file``. */
export function saveButton(text, path, body, file) {
  const button = el("button", { type: "button", class: "save" }, text);
  button.onclick = async () => {
    button.disabled = true;
    try {
      save(await fetched(path, body()), file);
      button.textContent = text;
    } catch (error) {
      button.textContent = `${text}: ${error.message}`;
    }
    button.disabled = false;
  };
  return button;
}

async function fetched(path, body) {
  const answer = await fetch(`/api/v1${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})));
  return answer.blob();
}

function save(blob, file) {
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
