// The page: takes an image, has a worker enlarge it, shows both.

import { Slider } from "./slider.js";
import "./texts.js";
import { duration, onLanguage, startSpeaking, words } from "./words.js";

const element = (id) => document.getElementById(id);
const { models, kernel } = JSON.parse(element("networks").textContent);
const ready = workerCode();
const wanted = new URLSearchParams(location.hash.slice(1)); // #engine=webgl, wasm or js; #scale=4; #lang=ko
const slider = new Slider(element("comparison"), document);
const download = Object.assign(document.createElement("a"), { id: "download", className: "main" });
download.dataset.word = "download";
slider.bar.append(download);
const AUTO = "auto";
const ENGINES = { webgl: "WebGL", wasm: "WebAssembly", js: "JavaScript" };
let file = null,
  worker = null,
  turns = 0,
  urls = [];
const told = { status: null, error: null, summary: null }; // what to say, so that another language can say the same

function sayAgain() {
  document.title = `${words("title")} · srcnn`;
  nameChoices();
  for (const [place, said] of Object.entries(told)) tell(place, said);
}

/** Say something in one of the places that are read aloud: a function, for `words` depend on the language. */
function tell(place, said) {
  told[place] = said;
  element(place).textContent = said ? said() : "";
}

/** The script of the worker, which the page holds compressed, and an address for it. */
async function workerCode() {
  const bytes = Uint8Array.from(atob(element("worker").textContent), (character) => character.charCodeAt(0));
  const script = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
  return { script, address: URL.createObjectURL(new Blob([script], { type: "text/javascript" })) };
}

const isTold = (name) => Object.values(models[name]).some((stored) => "told" in stored);

/** The models that a choice stands for: one for clean images, one for worn ones, or both. */
function chosen() {
  const names = element("model").value === AUTO ? Object.keys(models) : [element("model").value];
  return { clean: names.find((name) => !isTold(name)), worn: names.find(isTold) };
}

function choices() {
  const names = Object.keys(models),
    automatic = names.some(isTold) && !names.every(isTold) ? [AUTO] : [];
  for (const name of [...automatic, ...names]) element("model").add(new Option(name, name));
  element("models-field").hidden = names.length < 2;
  if (names.includes(wanted.get("model"))) element("model").value = wanted.get("model");
  const scale = document.querySelector(`input[name="scale"][value="${wanted.get("scale")}"]`);
  if (scale) scale.checked = true;
  offerScales();
}

/** Only the scales that the chosen model has. */
function offerScales() {
  const { clean = "", worn = "" } = chosen(),
    scales = Object.keys({ ...models[clean], ...models[worn] }),
    inputs = [...document.querySelectorAll('input[name="scale"]')];
  for (const input of inputs) input.disabled = !scales.includes(input.value);
  if (inputs.some((input) => input.checked && input.disabled)) inputs.find((input) => !input.disabled).checked = true;
}

function nameChoices() {
  const automatic = [...element("model").options].find((option) => option.value === AUTO);
  if (automatic) automatic.text = words("automatic");
  element("model-hint").hidden = !automatic;
}

function fail(text) {
  const isFocused = element("work").contains(document.activeElement);
  stop();
  element("empty").hidden = false;
  if (isFocused) element("choose").focus();
  tell("error", text);
  tell("status", null);
}

function stop() {
  turns++;
  worker?.terminate();
  worker = null;
  element("work").hidden = true;
}

function take(files) {
  const image = [...files].find((one) => one.type.startsWith("image/") || !one.type);
  if (!image) return tell("error", () => words("noImage")); // what is in work, or made, stays
  file = image;
  start();
}

/** Clear away what an image before left, and show that one is in work. */
function prepare() {
  stop();
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
  for (const name of Object.keys(told)) tell(name, null);
  const isFocused = ["result", "empty"].some((name) => element(name).contains(document.activeElement));
  for (const name of ["result", "empty"]) element(name).hidden = true;
  element("work").hidden = element("another").hidden = false;
  if (isFocused) element("stop").focus(); // what had the focus is hidden
  element("bar").removeAttribute("value");
  element("remaining").textContent = "";
  tell("status", () => words("reading"));
}

/** The stored networks of the chosen model at the chosen scale, by what they are for. */
function networks() {
  const scale = document.querySelector('input[name="scale"]:checked').value;
  const found = Object.entries(chosen()).filter(([, name]) => name && models[name][scale]);
  return Object.fromEntries(found.map(([kind, name]) => [kind, { name, stored: models[name][scale] }]));
}

async function start() {
  if (!file) return;
  prepare();
  const turn = ++turns,
    { script, address } = await ready;
  if (turn !== turns) return; // it was stopped, or another image came
  const image = file,
    began = { at: 0 },
    own = new Worker(address);
  let size = null;
  worker = own;
  own.onerror = (event) => fail(() => words("failed", { message: event.message }));
  own.onmessage = ({ data }) => {
    if (own !== worker) return;
    if (data.error !== undefined) {
      return fail(() => reason(data, image.name || words("image")));
    }
    if (data.result) return finish(image, size, data);
    size ??= [data.width, data.height];
    progress(data.progress, began);
  };
  own.postMessage({ blob: image, ...networks(), kernel, script, engine: wanted.get("engine") });
}

function reason({ error, kind }, name) {
  if (error === "too large") return words("tooLarge");
  const isUnreadable = kind === "InvalidStateError" || kind === "EncodingError";
  return isUnreadable ? words("unreadable", { name }) : words("failed", { message: error });
}

function progress(done, began) {
  began.at ||= performance.now();
  const percent = Math.floor(100 * done),
    seconds = (performance.now() - began.at) / 1000;
  element("bar").value = done;
  const left = (seconds / done) * (1 - done);
  element("remaining").textContent = done > 0 && done < 1 ? words("left", { time: duration(left) }) : "";
  // Every tenth is said: a screen reader would never come to an end of all of them.
  const step = percent - (percent % 10);
  if (began.said !== step) tell("status", () => words("working", { percent: step }));
  began.said = step;
}

/** What was found of an image, in words: why a model for worn images was taken, or what it was told. */
function wearWords({ quality, noise }) {
  const found = [];
  if (quality !== null) found.push(words("quality", { quality: Math.round(quality) }));
  if (noise > 0) found.push(words("noise", { noise: Math.round(noise) }));
  return found.length ? `: ${found.join(", ")}` : "";
}

function finish(image, size, { result, width, height, model, wear, engine, seconds }) {
  const before = URL.createObjectURL(image),
    after = URL.createObjectURL(result);
  urls = [before, after];
  const isFocused = element("work").contains(document.activeElement);
  stop();
  element("result").hidden = false;
  slider.show({ before, after, width, height });
  const values = { from: size.join(" × "), to: `${width} × ${height}`, engine: ENGINES[engine] };
  tell("summary", () => {
    const by = `${model}${wear ? wearWords(wear) : ""}`;
    return words("result", { ...values, by, time: duration(seconds) });
  });
  const stem = (image.name || "image").replace(/\.[^.]*$/, "");
  Object.assign(download, { href: after, download: `${stem}_x${width / size[0]}.png` });
  if (isFocused) download.focus();
  Object.assign(document.documentElement.dataset, { engine, model, seconds });
  tell("status", () => words("finished"));
  tell("error", null);
}

element("file").addEventListener("change", (event) => {
  if (event.target.files.length) take(event.target.files);
  event.target.value = "";
});
for (const id of ["choose", "another"]) element(id).addEventListener("click", () => element("file").click());
element("stop").addEventListener("click", () => {
  stop();
  element("empty").hidden = false;
  tell("status", () => words("stopped"));
  element("choose").focus();
});
element("model").addEventListener("change", offerScales);
for (const input of document.querySelectorAll('input[name="scale"], #model')) input.addEventListener("change", start);
addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) take(event.clipboardData.files);
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("over");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  take(event.dataTransfer.files);
});

choices();
onLanguage(sayAgain);
startSpeaking();
