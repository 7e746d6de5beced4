// The page: takes an image, has a worker enlarge it, shows both.

import { Slider } from "./slider.js";
import "./texts.js";
import { duration, onLanguage, startSpeaking, words } from "./words.js";

const element = (id) => document.getElementById(id);
const { models, kernel } = JSON.parse(element("networks").textContent);
const script = element("worker").textContent,
  code = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
const wanted = new URLSearchParams(location.hash.slice(1)); // #engine=webgl, wasm or js; #scale=4; #lang=ko
const slider = new Slider(element("comparison"), document);
const download = Object.assign(document.createElement("a"), { id: "download", className: "main" });
download.dataset.word = "download";
slider.bar.append(download);
let file = null,
  worker = null,
  urls = [];
const told = { status: null, error: null, summary: null }; // what to say, so that another language can say the same

function sayAgain() {
  document.title = `${words("title")} · srcnn`;
  for (const [place, said] of Object.entries(told)) tell(place, said);
}

/** Say something in one of the places that are read aloud: a function, for `words` depend on the language. */
function tell(place, said) {
  told[place] = said;
  element(place).textContent = said ? said() : "";
}

function choices() {
  for (const name of Object.keys(models)) element("model").add(new Option(name, name));
  element("models-field").hidden = Object.keys(models).length < 2;
  const scale = document.querySelector(`input[name="scale"][value="${wanted.get("scale")}"]`);
  if (scale) scale.checked = true;
}

function fail(text) {
  stop();
  element("empty").hidden = false;
  tell("error", text);
  tell("status", null);
}

function stop() {
  worker?.terminate();
  worker = null;
  element("work").hidden = true;
}

function take(files) {
  const image = [...files].find((one) => one.type.startsWith("image/") || !one.type);
  if (!image) return fail(() => words("noImage"));
  file = image;
  start();
}

function start() {
  if (!file) return;
  stop();
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
  for (const name of Object.keys(told)) tell(name, null);
  for (const name of ["result", "empty"]) element(name).hidden = true;
  element("work").hidden = element("another").hidden = false;
  element("bar").removeAttribute("value");
  element("remaining").textContent = "";
  tell("status", () => words("reading"));
  const scale = document.querySelector('input[name="scale"]:checked').value;
  const stored = models[element("model").value][scale];
  const image = file,
    began = { at: 0 },
    own = new Worker(code);
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
  own.postMessage({ blob: image, stored, kernel, script, engine: wanted.get("engine") });
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

function finish(image, size, { result, width, height, engine, seconds }) {
  const before = URL.createObjectURL(image),
    after = URL.createObjectURL(result);
  urls = [before, after];
  stop();
  element("result").hidden = false;
  slider.show({ before, after, width, height });
  const names = { webgl: "WebGL", wasm: "WebAssembly", js: "JavaScript" };
  const from = size.join(" × "),
    to = `${width} × ${height}`;
  tell("summary", () => words("result", { from, to, time: duration(seconds), engine: names[engine] }));
  const stem = (image.name || "image").replace(/\.[^.]*$/, "");
  Object.assign(element("download"), { href: after, download: `${stem}_x${width / size[0]}.png` });
  document.documentElement.dataset.engine = engine;
  tell("status", () => words("finished"));
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
