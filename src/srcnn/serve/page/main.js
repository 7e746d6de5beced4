// The page: what is dropped, pasted or chosen becomes a list, and a button enlarges it.

import * as images from "./images.js";
import { say, warn } from "./notices.js";
import * as service from "./service.js";
import * as settings from "./settings.js";
import "./texts.js";
import { prepare as prepareViewer } from "./viewer.js";
import { onLanguage, startSpeaking, words } from "./words.js";
import { zip } from "./zip.js";

const element = (id) => document.getElementById(id);
let offered = null;

function showState() {
  const count = images.count();
  const start = element("start");
  start.disabled = !count;
  const ready = images.ready().length;
  if (!count) start.textContent = words("startnone");
  else if (!ready) start.textContent = words("start");
  else start.textContent = ready === 1 ? words("start1") : words("startn", { n: ready });
  element("list-part").hidden = !count;
  element("all").hidden = images.done().length < 2;
}

async function load() {
  try {
    offered = await service.models();
    element("locked").hidden = true;
    settings.showModels(offered);
    warn();
  } catch (error) {
    if (error.status === 401) lock();
    else warn("lost");
  }
}

/** Ask for the token; one that was given is not the right one. */
function lock() {
  warn(service.hasToken() ? "wrongtoken" : null);
  element("locked").hidden = false;
  element("token").focus();
}

/** All files of a drop, those in folders too. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry) {
  if (entry.isFile) return new Promise((resolve) => entry.file((file) => resolve([file]), () => resolve([])));
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) break; // a browser gives a hundred at a time
    for (const one of some) if (!one.name.startsWith(".")) found.push(...(await filesOf(one)));
  }
  return found;
}

function takeFiles(input) {
  images.add([...input.files].filter((file) => !file.name.startsWith(".")));
  input.value = "";
}

async function saveAll() {
  const button = element("all");
  button.disabled = true;
  warn();
  say(words("zip"));
  try {
    const packed = await zip(images.done().map(({ made }) => made));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(packed);
    link.download = "srcnn.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch {
    warn("big");
  } finally {
    button.disabled = false;
  }
}

function listenForDrops() {
  const zone = element("drop");
  addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    images.add(await dropped(event.dataTransfer));
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) images.add([...event.clipboardData.files]);
  });
}

images.prepare(showState, lock);
prepareViewer();
listenForDrops();
onLanguage(() => {
  settings.showSize({ keep: element("amount").value !== "" });
  if (offered) settings.showModels(offered);
  images.showAll();
  showState();
});
startSpeaking();
element("choose").addEventListener("click", () => element("files").click());
element("choose-folder").addEventListener("click", () => element("folder").click());
for (const id of ["files", "folder"]) element(id).addEventListener("change", (event) => takeFiles(event.target));
element("size").addEventListener("change", () => settings.showSize());
// What is hidden cannot be mended, and a browser then does nothing at all.
element("more").addEventListener("invalid", () => (element("more").open = true), true);
element("clear").addEventListener("click", images.clear);
element("all").addEventListener("click", saveAll);
element("settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  const work = images.start(settings.read());
  showState();
  await work;
});
element("locked").addEventListener("submit", (event) => {
  event.preventDefault();
  service.unlock(element("token").value);
  load();
});
await load();
