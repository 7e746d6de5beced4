// Two images of one thing, one above the other, and a line between them: drag, wheel, pinch and keys.
"use strict";

const SMALLEST = 1 / 32,
  LARGEST_ZOOM = 32,
  STEP = 1.5;

class BeforeAfter {
  /** `view` holds the image `after`, the layer `cover` with the image `before`, and the line `divider`. */
  constructor({ view, cover, before, after, divider, range, zoomOut, zoomIn, fit, zoom }) {
    Object.assign(this, { view, cover, images: [before, after], divider, range, label: zoom });
    this.state = { at: 50, zoom: 1, x: 0, y: 0 }; // x, y: the result's pixel in the middle of the view
    this.size = [1, 1];
    this.fitted = true;
    this.pointers = new Map();
    range.addEventListener("input", () => this.divide(Number(range.value)));
    zoomIn.addEventListener("click", () => this.zoomBy(STEP));
    zoomOut.addEventListener("click", () => this.zoomBy(1 / STEP));
    fit.addEventListener("click", () => this.fit());
    view.addEventListener("keydown", (event) => this.key(event));
    view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    view.addEventListener("pointerdown", (event) => this.press(event));
    view.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"])
      view.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    new ResizeObserver(() => (this.fitted ? this.fit() : this.place())).observe(view);
  }

  /** Show two images, both in the size of the second, which is given. */
  show(before, after, width, height) {
    this.size = [width, height];
    this.images.forEach((image, n) => {
      image.src = [before, after][n];
      Object.assign(image.style, { width: `${width}px`, height: `${height}px` });
    });
    this.state.at = 50;
    this.fit();
  }

  place() {
    const { state, size, view } = this;
    state.x = Math.min(Math.max(state.x, 0), size[0]);
    state.y = Math.min(Math.max(state.y, 0), size[1]);
    const left = Math.round(view.clientWidth / 2 - state.x * state.zoom),
      top = Math.round(view.clientHeight / 2 - state.y * state.zoom);
    for (const image of this.images) {
      image.style.transform = `translate(${left}px, ${top}px) scale(${state.zoom})`;
    }
    this.images[1].style.imageRendering = state.zoom < 2 ? "auto" : "pixelated";
    this.cover.style.clipPath = `inset(0 ${100 - state.at}% 0 0)`;
    this.divider.style.left = `${state.at}%`;
    this.range.value = String(state.at);
    this.label.textContent = `${Math.round(100 * state.zoom)} %`;
  }

  divide(at) {
    this.state.at = Math.min(Math.max(at, 0), 100);
    this.place();
  }

  fit() {
    const { view, size, state } = this;
    this.fitted = true;
    state.zoom = Math.min(Math.max(Math.min(view.clientWidth / size[0], view.clientHeight / size[1]), SMALLEST), 8);
    [state.x, state.y] = [size[0] / 2, size[1] / 2];
    this.place();
  }

  /** The pixel under (x, y) of the view stays where it is. */
  zoomBy(factor, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2) {
    const { state, view } = this,
      before = state.zoom;
    state.zoom = Math.min(Math.max(before * factor, SMALLEST), LARGEST_ZOOM);
    state.x += (x - view.clientWidth / 2) * (1 / before - 1 / state.zoom);
    state.y += (y - view.clientHeight / 2) * (1 / before - 1 / state.zoom);
    this.fitted = false;
    this.place();
  }

  pan(dx, dy) {
    this.state.x -= dx / this.state.zoom;
    this.state.y -= dy / this.state.zoom;
    this.fitted = false;
    this.place();
  }

  key(event) {
    const actions = {
      ArrowLeft: () => this.pan(50, 0),
      ArrowRight: () => this.pan(-50, 0),
      ArrowUp: () => this.pan(0, 50),
      ArrowDown: () => this.pan(0, -50),
      ",": () => this.divide(this.state.at - 2),
      ".": () => this.divide(this.state.at + 2),
      "+": () => this.zoomBy(STEP),
      "=": () => this.zoomBy(STEP),
      "-": () => this.zoomBy(1 / STEP),
      0: () => this.fit(),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    actions[event.key]();
  }

  inView(event) {
    const box = this.view.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  wheel(event) {
    event.preventDefault();
    this.zoomBy(Math.exp(-Math.max(Math.min(event.deltaY, 200), -200) / 300), ...this.inView(event));
  }

  press(event) {
    this.view.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { at: this.inView(event), line: event.target === this.divider });
  }

  move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) return;
    const at = this.inView(event),
      from = pointer.at;
    pointer.at = at;
    if (this.pointers.size === 2) {
      const [other] = [...this.pointers.entries()]
        .filter(([id]) => id !== event.pointerId)
        .map(([, value]) => value.at);
      const distance = (point) => Math.max(Math.hypot(point[0] - other[0], point[1] - other[1]), 1);
      this.zoomBy(distance(at) / distance(from), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
      this.pan((at[0] - from[0]) / 2, (at[1] - from[1]) / 2);
    } else if (pointer.line) {
      this.divide((100 * at[0]) / this.view.clientWidth);
    } else {
      this.pan(at[0] - from[0], at[1] - from[1]);
    }
  }
}
