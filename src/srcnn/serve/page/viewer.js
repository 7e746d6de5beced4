// The dialog in which an image and its result are compared.

import { Slider } from "./slider.js";
import { words } from "./words.js";

const element = (id) => document.getElementById(id);
let slider = null;

export function prepare() {
  const dialog = element("viewer");
  slider = new Slider(element("comparison"), dialog);
  element("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => slider.clear());
}

/** Show two addresses; an image that the browser cannot read leaves its side empty. */
export async function open({ name, before, after, crops }) {
  element("viewer-title").textContent = words("viewer", { name });
  const made = new Image();
  made.src = after;
  await made.decode().catch(() => {});
  element("viewer").showModal();
  slider.show({ before, after, width: made.naturalWidth || 1, height: made.naturalHeight || 1, crops });
  slider.range.focus();
}
