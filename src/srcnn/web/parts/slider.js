// Two images of one thing, one above the other, with a divider: dragged, zoomed by wheel, fingers, buttons and keys.

import { fill, words } from "./words.js";

const LARGEST = 32; // screen pixels per side of an image's pixel
const STEPS = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, LARGEST];
const NEAR = 24; // screen pixels to either side of the divider that move it
const STILL = 4; // screen pixels by which a finger trembles
const PARTS = `
  <div class="slider-bar">
    <div class="slider-zoom" role="group" data-label="zoom">
      <button type="button" class="out" data-label="zoomOut">−</button>
      <output class="zoom" aria-live="off"></output>
      <button type="button" class="in" data-label="zoomIn">+</button>
      <button type="button" class="fit" data-word="zoomFit"></button>
    </div>
  </div>
  <div class="slider-view" tabindex="0" role="group" data-label="view">
    <figure class="after"><img data-alt="after" draggable="false"><figcaption data-word="after"></figcaption></figure>
    <figure class="before"><img data-alt="before" draggable="false"><figcaption data-word="before"></figcaption></figure>
    <div class="slider-line" aria-hidden="true"></div>
  </div>
  <input class="slider-range" type="range" min="0" max="100" step="0.5" value="50" data-label="divider">
  <p class="slider-keys" data-word="keys"></p>
  <p class="said unseen" role="status"></p>`;

const within = (value, least, most) => Math.min(Math.max(value, least), most);

export class Slider {
  /** Build the slider in the element `place`; `listener` is where its keys are heard. */
  constructor(place, listener = place) {
    place.classList.add("slider");
    place.innerHTML = PARTS;
    fill(place);
    const part = (name) => place.querySelector(name);
    Object.assign(this, { bar: part(".slider-bar"), view: part(".slider-view"), line: part(".slider-line") });
    Object.assign(this, { range: part(".slider-range"), zoomed: part(".zoom"), said: part(".said") });
    this.sides = { before: part(".before"), after: part(".after") };
    this.at = { divider: 50, zoom: 1, x: 0, y: 0 }; // x, y: the image's pixel in the middle of the view
    this.size = [1, 1];
    this.fitted = true;
    this.pointers = new Map();
    part(".in").addEventListener("click", () => this.step(1));
    part(".out").addEventListener("click", () => this.step(-1));
    part(".fit").addEventListener("click", () => this.fit());
    this.range.addEventListener("input", () => this.divide(Number(this.range.value)));
    listener.addEventListener("keydown", (event) => this.key(event));
    this.listenToPointers();
    new ResizeObserver(() => (this.fitted ? this.fit() : this.place())).observe(this.view);
  }

  /** Show two images, addresses both, in one size; `crops` if the first has other proportions and more to its sides. */
  show({ before, after, width, height, crops = false, part = null }) {
    this.size = [width, height];
    this.put("before", before);
    this.put("after", after);
    this.sides.before.classList.toggle("crops", crops);
    this.at.divider = 50;
    this.fit(part);
  }

  /** Put an image to one side, and call it by its name where it is not simply what was before or after. */
  put(side, source, name = "") {
    const [image, caption] = this.sides[side].children;
    image.src = source;
    image.onload = () => this.place();
    if (!name) return;
    delete image.dataset.alt;
    delete caption.dataset.word;
    image.alt = caption.textContent = name;
  }

  clear() {
    this.pointers.clear();
    for (const side of Object.values(this.sides)) side.children[0].removeAttribute("src");
  }

  /** The zoom at which all of a part, or of the image, is seen: whole pixels where it is larger than the image. */
  fitting([, , width, height] = [0, 0, ...this.size]) {
    const zoom = Math.min(this.view.clientWidth / width, this.view.clientHeight / height);
    return within(zoom < 1 ? zoom : Math.floor(zoom), 1 / 256, LARGEST);
  }

  fit(part = null) {
    const [x, y, width, height] = part ?? [0, 0, ...this.size];
    this.at = { ...this.at, zoom: this.fitting([x, y, width, height]), x: x + width / 2, y: y + height / 2 };
    this.fitted = !part;
    this.place();
  }

  place() {
    const { at, size, view } = this,
      box = [view.clientWidth, view.clientHeight];
    const corner = [at.x, at.y].map((middle, axis) => {
      const room = box[axis],
        length = size[axis] * at.zoom;
      // In the middle where it is smaller than the view, and else without a gap at either side.
      return length <= room ? (room - length) / 2 : within(room / 2 - middle * at.zoom, room - length, 0);
    });
    [at.x, at.y] = corner.map((start, axis) => (box[axis] / 2 - start) / at.zoom);
    for (const { children } of Object.values(this.sides)) {
      const style = children[0].style;
      style.width = `${size[0]}px`;
      style.height = `${size[1]}px`;
      style.transform = `translate(${Math.round(corner[0])}px, ${Math.round(corner[1])}px) scale(${at.zoom})`;
      // A small image is shown as smooth as browsers show it, until its pixels are what is looked at.
      style.imageRendering = at.zoom >= (children[0].naturalWidth < size[0] ? 4 : 2) ? "pixelated" : "auto";
    }
    this.sides.before.style.clipPath = `inset(0 ${100 - at.divider}% 0 0)`;
    this.line.style.left = `${at.divider}%`;
    this.range.value = String(at.divider);
    this.range.setAttribute("aria-valuetext", words("dividerAt", { percent: Math.round(at.divider) }));
    this.zoomed.textContent = `${Math.round(100 * at.zoom)} %`;
    view.classList.toggle("whole", this.isWhole);
  }

  get isWhole() {
    return this.at.zoom <= this.fitting() * 1.001;
  }

  divide(at) {
    this.at.divider = within(at, 0, 100);
    this.place();
  }

  /** Zoom so that the pixel under (x, y) of the view stays where it is. */
  zoomTo(zoom, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2) {
    const { at, view } = this,
      next = within(zoom, Math.min(this.fitting(), 1), LARGEST);
    at.x += (x - view.clientWidth / 2) * (1 / at.zoom - 1 / next);
    at.y += (y - view.clientHeight / 2) * (1 / at.zoom - 1 / next);
    at.zoom = next;
    this.fitted = false;
    this.place();
  }

  /** To the next round zoom, by buttons and keys. */
  step(direction) {
    const { zoom } = this.at,
      next = direction > 0 ? STEPS.find((one) => one > zoom * 1.01) : STEPS.findLast((one) => one < zoom * 0.99);
    if (next) this.zoomTo(next);
    this.said.textContent = words("zoomed", { percent: this.zoomed.textContent });
  }

  pan(dx, dy) {
    this.at.x -= dx / this.at.zoom;
    this.at.y -= dy / this.at.zoom;
    this.fitted = false;
    this.place();
  }

  key(event) {
    const { target, key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select, textarea, [type=text]")) return;
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const actions = {
      ",": () => this.divide(this.at.divider - 2),
      ".": () => this.divide(this.at.divider + 2),
      "+": () => this.step(1),
      "=": () => this.step(1),
      "-": () => this.step(-1),
      0: () => this.fit(),
    };
    if (key in moves && (target === this.view || (shiftKey && target === this.range))) this.pan(...moves[key]);
    else if (key in actions) actions[key]();
    else return;
    event.preventDefault();
  }

  listenToPointers() {
    const { view } = this;
    view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    view.addEventListener("dblclick", (event) => {
      if (this.isWhole) this.zoomTo(Math.max(2 * this.at.zoom, 1), ...this.inView(event));
      else this.fit();
    });
    view.addEventListener("pointerdown", (event) => this.press(event));
    view.addEventListener("pointermove", (event) => this.move(event));
    view.addEventListener("pointerup", (event) => this.release(event));
    view.addEventListener("pointercancel", (event) => this.pointers.delete(event.pointerId));
    // One finger may scroll the page past an image that is seen whole; two are for the image.
    const keep = (event) => event.touches.length > 1 && event.preventDefault();
    for (const name of ["touchstart", "touchmove"]) view.addEventListener(name, keep, { passive: false });
  }

  inView(event) {
    const box = this.view.getBoundingClientRect();
    return [event.clientX - box.left - this.view.clientLeft, event.clientY - box.top - this.view.clientTop];
  }

  wheel(event) {
    event.preventDefault();
    // Lines are some 16 pixels; a pinch on a touchpad comes as a wheel with Ctrl, in small steps.
    const turned = event.deltaY * (event.deltaMode === 1 ? 16 : 1) * (event.ctrlKey ? 4 : 1);
    this.zoomTo(this.at.zoom * Math.exp(-within(turned, -200, 200) / 300), ...this.inView(event));
  }

  press(event) {
    if (event.button !== 0) return;
    const at = this.inView(event);
    this.view.setPointerCapture(event.pointerId);
    const isNear = Math.abs(at[0] - (this.at.divider / 100) * this.view.clientWidth) < NEAR;
    this.pointers.set(event.pointerId, { at, from: at, moved: false, divides: isNear || this.isWhole });
  }

  move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const at = this.inView(event),
      last = pointer.at;
    pointer.moved ||= Math.hypot(at[0] - pointer.from[0], at[1] - pointer.from[1]) > STILL;
    if (!pointer.moved) return;
    pointer.at = at;
    const other = [...this.pointers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      pointer.divides = other.divides = false; // when one finger is lifted, the other moves the image
      const apart = (point) => Math.max(Math.hypot(point[0] - other.at[0], point[1] - other.at[1]), 1);
      this.pan((at[0] - last[0]) / 2, (at[1] - last[1]) / 2);
      const middle = [0, 1].map((axis) => (at[axis] + other.at[axis]) / 2);
      this.zoomTo((this.at.zoom * apart(at)) / apart(last), ...middle);
    } else if (pointer.divides) this.divide((100 * at[0]) / this.view.clientWidth);
    else this.pan(at[0] - last[0], at[1] - last[1]);
  }

  release(event) {
    const pointer = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    // A tap moves the divider to it; but not the second one of two, which zooms.
    if (pointer?.divides && !pointer.moved && event.detail < 2)
      this.divide((100 * pointer.at[0]) / this.view.clientWidth);
  }
}
