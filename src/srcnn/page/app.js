// The page: takes an image, has a worker enlarge it, shows both.
"use strict";

const element = (id) => document.getElementById(id);
const { models, kernel } = JSON.parse(element("networks").textContent);
const script = element("worker").textContent,
  code = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
const wanted = new URLSearchParams(location.hash.slice(1)); // #engine=webgl, wasm or js; #scale=4; #lang=ko
const comparison = new BeforeAfter(
  Object.fromEntries(
    ["view", "cover", "before", "after", "divider", "range", "zoomOut", "zoomIn", "fit", "zoom"].map((name) => [
      name,
      element(name),
    ]),
  ),
);
let words = WORDS.en;
let file = null,
  worker = null,
  urls = [];
const told = { status: "", error: "", summary: "" }; // functions of `words`, so that another language can say the same

function speak(language) {
  words = WORDS[language];
  document.documentElement.lang = language;
  element("language").value = language;
  document.title = `${words.title} · srcnn`;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  for (const node of document.querySelectorAll("[data-label]"))
    node.setAttribute("aria-label", words[node.dataset.label]);
  for (const name of ["before", "after"]) element(name).alt = words[name];
  for (const name of Object.keys(told)) tell(name, told[name]);
}

/** Say something in one of the places that are read aloud. */
function tell(place, text) {
  told[place] = text;
  element(place).textContent = text ? text() : "";
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
  tell("status", "");
}

function stop() {
  worker?.terminate();
  worker = null;
  element("work").hidden = true;
}

function take(files) {
  const image = [...files].find((one) => one.type.startsWith("image/") || !one.type);
  if (!image) return fail(() => words.noImage);
  file = image;
  start();
}

function timeLeft(seconds) {
  return words.left(seconds < 90 ? words.seconds(Math.ceil(seconds)) : words.minutes(Math.ceil(seconds / 60)));
}

function start() {
  if (!file) return;
  stop();
  for (const url of urls) URL.revokeObjectURL(url);
  urls = [];
  for (const name of Object.keys(told)) tell(name, "");
  for (const name of ["result", "empty"]) element(name).hidden = true;
  element("work").hidden = element("another").hidden = false;
  element("bar").removeAttribute("value");
  element("remaining").textContent = "";
  tell("status", () => words.reading);
  const scale = document.querySelector('input[name="scale"]:checked').value;
  const stored = models[element("model").value][scale];
  const image = file,
    began = { at: 0 },
    own = new Worker(code);
  let size = null;
  worker = own;
  own.onerror = (event) => fail(() => words.failed(event.message));
  own.onmessage = ({ data }) => {
    if (own !== worker) return;
    if (data.error !== undefined) {
      return fail(() => reason(data, image.name || words.image));
    }
    if (data.result) return finish(image, size, data);
    size ??= [data.width, data.height];
    progress(data.progress, began);
  };
  own.postMessage({ blob: image, stored, kernel, script, engine: wanted.get("engine") });
}

function reason({ error, kind }, name) {
  if (error === "too large") return words.tooLarge;
  return kind === "InvalidStateError" || kind === "EncodingError" ? words.unreadable(name) : words.failed(error);
}

function progress(done, began) {
  began.at ||= performance.now();
  const percent = Math.floor(100 * done),
    seconds = (performance.now() - began.at) / 1000;
  element("bar").value = done;
  element("remaining").textContent = done > 0 && done < 1 ? timeLeft((seconds / done) * (1 - done)) : "";
  // Every tenth is said: a screen reader would never come to an end of all of them.
  const step = percent - (percent % 10);
  if (began.said !== step) tell("status", () => words.working(step));
  began.said = step;
}

function finish(image, size, { result, width, height, engine, seconds }) {
  const before = URL.createObjectURL(image),
    after = URL.createObjectURL(result);
  urls = [before, after];
  stop();
  element("result").hidden = false;
  comparison.show(before, after, width, height);
  const names = { webgl: "WebGL", wasm: "WebAssembly", js: "JavaScript" };
  const from = size.join(" × "),
    to = `${width} × ${height}`;
  tell("summary", () => words.result({ from, to, seconds: seconds.toFixed(1), engine: names[engine] }));
  const stem = (image.name || "image").replace(/\.[^.]*$/, "");
  Object.assign(element("download"), { href: after, download: `${stem}_x${width / size[0]}.png` });
  document.documentElement.dataset.engine = engine;
  tell("status", () => words.finished);
}

element("file").addEventListener("change", (event) => {
  if (event.target.files.length) take(event.target.files);
  event.target.value = "";
});
for (const id of ["choose", "another"]) element(id).addEventListener("click", () => element("file").click());
element("stop").addEventListener("click", () => {
  stop();
  element("empty").hidden = false;
  tell("status", () => words.stopped);
  element("choose").focus();
});
element("language").addEventListener("change", (event) => speak(event.target.value));
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
speak(wanted.get("lang") ?? (navigator.language.startsWith("ko") ? "ko" : "en"));
