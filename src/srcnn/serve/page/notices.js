// What is told beside the list: some of it is only read aloud, the rest everybody has to see.

import { onLanguage, words } from "./words.js";

const element = (id) => document.getElementById(id);
let shown = null;

/** Have it read aloud; whoever sees the page sees it in the list. */
export function say(text) {
  element("status").textContent = text;
}

/** Show what stands nowhere else, by the name of its words, until the user goes on; nothing takes it away. */
export function warn(name = null, values = {}) {
  shown = name && [name, values];
  element("notice").textContent = shown ? words(...shown) : "";
}

onLanguage(() => warn(...(shown ?? [])));
