// The list of images: what each is, how far it is, what became of it.

import { say, warn } from "./notices.js";
import { Refusal, upscale } from "./service.js";
import { open } from "./viewer.js";
import { duration, fill, words } from "./words.js";

const AT_ONCE = 2; // one is sent while another one is computed
const IMAGE = /\.(png|apng|jpe?g|jpe|jfif|webp|bmp|dib|tiff?|avif|gif|heic|heif|hif|jxl|jp2|j2k|jpx|p[bgpn]m|ico|tga)$/i;

const list = document.getElementById("list");
const images = [];
let onChange = () => {};
let onLocked = () => {};

export function prepare(changed, locked) {
  onChange = changed;
  onLocked = locked;
}

export const ready = () => images.filter((image) => image.state === "ready");
export const done = () => images.filter((image) => image.state === "done");
export const count = () => images.length;

export function add(files) {
  const found = files.filter((file) => file.type.startsWith("image/") || IMAGE.test(file.name));
  for (const file of found) images.push(new Entry(file));
  warn(found.length ? null : "noimage");
  if (found.length) say(found.length === 1 ? words("added1") : words("addedn", { n: found.length }));
  onChange();
}

export function clear() {
  warn();
  for (const image of [...images]) image.remove();
}

export function showAll() {
  for (const image of images) image.show();
}

/** Work through all images that are ready. */
export async function start(settings) {
  warn();
  for (const image of images) if (image.state === "done" || image.state === "failed") image.again(settings);
  const waiting = ready();
  for (const image of waiting) image.queue();
  const work = async () => {
    for (let image = waiting.shift(); image; image = waiting.shift()) await image.work(settings);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

class Entry {
  constructor(file) {
    this.file = file;
    this.state = "ready"; // then "queued", "working", "done", "failed", "gone"
    this.progress = null;
    this.made = null;
    this.wait = 0;
    this.why = "";
    this.settings = {};
    this.stop = new AbortController();
    this.before = URL.createObjectURL(file);
    this.after = "";
    this.node = document.getElementById("card").content.cloneNode(true).firstElementChild;
    this.part("thumb").src = this.before;
    this.part("thumb").addEventListener("error", ({ target }) => target.removeAttribute("src")); // a format of no browser
    this.part("name").textContent = file.name;
    this.part("remove").addEventListener("click", () => this.remove());
    this.part("compare").addEventListener("click", () => this.compare());
    list.append(this.node);
    this.show();
  }

  part(name) {
    return this.node.querySelector(`.${name}`);
  }

  compare() {
    open({ name: this.made.name, before: this.before, after: this.after, crops: "fill" in this.settings });
  }

  /** Make a finished image ready again, unless it was made with the same settings. */
  again(settings) {
    if (this.state === "done" && JSON.stringify(settings) === JSON.stringify(this.settings)) return;
    this.state = "ready";
  }

  queue() {
    this.state = "queued";
    this.progress = null;
    this.show();
  }

  async work(settings) {
    if (this.state !== "queued") return;
    this.state = "working";
    this.settings = settings;
    this.show();
    try {
      this.made = await this.try(settings);
      URL.revokeObjectURL(this.after);
      this.after = URL.createObjectURL(this.made.blob);
      this.state = "done";
      say(words("told", { name: this.file.name }));
    } catch (error) {
      if (this.state === "gone") return;
      this.state = "failed";
      this.why = error instanceof Refusal ? error.message : words("lost");
      if (error.status === 401) onLocked();
      say(words("toldfailed", { name: this.file.name, why: this.why }));
    }
    this.show();
    onChange();
  }

  /** Ask until the service has a place. */
  async try(settings) {
    for (;;) {
      try {
        return await upscale(this.file, settings, (progress) => this.hear(progress), this.stop.signal);
      } catch (error) {
        if (error.status !== 429) throw error;
        for (this.wait = Math.min(error.wait, 60); this.wait > 0; this.wait--) {
          this.show();
          await new Promise((resolve) => setTimeout(resolve, 1000));
          this.stop.signal.throwIfAborted();
        }
      }
    }
  }

  hear(progress) {
    if (this.state !== "working") return;
    this.progress = progress;
    this.show();
  }

  remove() {
    this.state = "gone";
    this.stop.abort();
    const next = this.node.nextElementSibling ?? this.node.previousElementSibling;
    const target = next?.querySelector(".remove") ?? document.getElementById("choose");
    if (this.node.contains(document.activeElement)) target.focus();
    this.node.remove();
    URL.revokeObjectURL(this.before);
    URL.revokeObjectURL(this.after);
    images.splice(images.indexOf(this), 1);
    onChange();
  }

  show() {
    fill(this.node);
    const busy = this.state === "queued" || this.state === "working";
    const bar = this.node.querySelector("progress");
    bar.hidden = !busy;
    bar.setAttribute("aria-label", this.file.name);
    if (this.progress?.total) bar.value = this.progress.done / this.progress.total;
    else bar.value = 0;
    this.node.classList.toggle("failed", this.state === "failed");
    this.part("words").textContent = this.words();
    this.part("remove").setAttribute("aria-label", words(busy ? "cancel" : "remove", { name: this.file.name }));
    this.part("compare").hidden = this.state !== "done";
    const save = this.part("save");
    save.hidden = this.state !== "done";
    if (this.state !== "done") return;
    save.href = this.after;
    save.download = this.made.name;
    save.setAttribute("aria-label", `${words("save")}: ${this.made.name}`);
    this.part("compare").setAttribute("aria-label", `${words("compare")}: ${this.file.name}`);
  }

  words() {
    if (this.state === "failed") return words("failed", { why: this.why });
    if (this.state === "done") {
      const { from, to, model, seconds, notes } = this.made;
      const first = words("done", { from: times(from), to: times(to), model, time: duration(seconds) });
      return [first, ...notes].join(" · ");
    }
    if (this.state === "queued") return words("next");
    if (this.state !== "working") return words("ready");
    if (this.wait > 0) return words("full", { n: this.wait });
    const { state, ahead, seconds_left: left } = this.progress ?? { state: "receiving" };
    if (state === "waiting") return ahead > 1 ? words("waiting", { n: ahead }) : words("next");
    if (state !== "working") return words("sending");
    return left == null ? words("working") : `${words("working")}, ${words("left", { time: duration(left) })}`;
  }
}

const times = (size) => size.replace("x", " × ");
