// The dialog in which an image and its result are compared.

import { warn } from "./notices.js";
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

/** Show two addresses, unless the browser cannot read the result; where it cannot read the image, that side is empty. */
export async function open({ name, before, after, crops }) {
  const made = new Image();
  made.src = after;
  try {
    await made.decode();
  } catch {
    return warn("unseen", { name });
  }
  warn();
  element("viewer-title").textContent = words("viewer", { name });
  element("viewer").showModal();
  slider.show({ before, after, width: made.naturalWidth, height: made.naturalHeight, crops });
  slider.range.focus();
}
