// Before and after, one above the other, with a divider; zoomed by wheel, fingers, buttons and keys.

import { words } from "./words.js";

const element = (id) => document.getElementById(id);
const LARGEST = 16; // screen pixels of an image pixel
const NEAR = 28; // pixels around the divider that move it

const view = { x: 0, y: 0, zoom: 1, width: 1, height: 1 };
const pointers = new Map();
let dragged = null; // "divider" or "plane"

export async function open({ name, before, after, crops }) {
  element("viewer-title").textContent = words("viewer", { name });
  element("before").alt = words("before");
  element("after").alt = words("after");
  element("plane").classList.toggle("crops", crops);
  element("before").src = before;
  element("after").src = after;
  await element("after").decode().catch(() => {});
  view.width = element("after").naturalWidth || 1;
  view.height = element("after").naturalHeight || 1;
  element("plane").style.width = `${view.width}px`;
  element("plane").style.height = `${view.height}px`;
  element("divider").value = 50;
  element("viewer").showModal();
  whole();
  element("divider").focus();
}

function stage() {
  return element("stage").getBoundingClientRect();
}

function smallest() {
  const box = stage();
  return Math.min(box.width / view.width, box.height / view.height);
}

function whole() {
  view.zoom = Math.min(smallest(), LARGEST);
  draw();
}

function draw() {
  const box = stage();
  view.x = held(view.x, box.width, view.width * view.zoom);
  view.y = held(view.y, box.height, view.height * view.zoom);
  const divider = (element("divider").value / 100) * box.width;
  element("plane").style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.zoom})`;
  element("plane").classList.toggle("close", view.zoom >= 4);
  element("after").style.clipPath = `inset(0 0 0 ${Math.max(0, (divider - view.x) / view.zoom)}px)`;
  element("line").style.left = `${divider}px`;
  element("zoom").textContent = `${Math.round(view.zoom * 100)} %`;
}

/** Where an image starts: in the middle if it is smaller than the stage, else so that it leaves no gap. */
function held(start, room, length) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start));
}

function zoomAt(x, y, factor) {
  const zoom = Math.min(LARGEST, Math.max(Math.min(smallest(), 1), view.zoom * factor));
  view.x = x - ((x - view.x) / view.zoom) * zoom;
  view.y = y - ((y - view.y) / view.zoom) * zoom;
  view.zoom = zoom;
  draw();
}

function zoomMiddle(factor) {
  const box = stage();
  zoomAt(box.width / 2, box.height / 2, factor);
}

function move(x, y) {
  view.x += x;
  view.y += y;
  draw();
}

function divide(x) {
  element("divider").value = (100 * x) / stage().width;
  draw();
}

function at(event) {
  const box = stage();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

function press(event) {
  element("stage").setPointerCapture(event.pointerId);
  const point = at(event);
  pointers.set(event.pointerId, point);
  const isNear = Math.abs(point.x - (element("divider").value / 100) * stage().width) < NEAR;
  dragged = pointers.size > 1 ? null : isNear || view.zoom <= smallest() * 1.01 ? "divider" : "plane";
  if (dragged === "divider") divide(point.x);
}

function drag(event) {
  const last = pointers.get(event.pointerId);
  if (!last) return;
  const point = at(event);
  if (pointers.size === 2) {
    const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
    const apart = (a) => Math.hypot(a.x - other.x, a.y - other.y);
    move((point.x - last.x) / 2, (point.y - last.y) / 2);
    zoomAt((point.x + other.x) / 2, (point.y + other.y) / 2, apart(point) / Math.max(1, apart(last)));
  } else if (dragged === "divider") divide(point.x);
  else if (dragged === "plane") move(point.x - last.x, point.y - last.y);
  pointers.set(event.pointerId, point);
}

function release(event) {
  pointers.delete(event.pointerId);
  dragged = null;
}

function pressKey(event) {
  const arrows = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  if (event.key === "+" || event.key === "=") zoomMiddle(1.25);
  else if (event.key === "-") zoomMiddle(0.8);
  else if (event.key === "0") whole();
  else if (event.shiftKey && event.key in arrows) move(...arrows[event.key]);
  else return;
  event.preventDefault();
}

export function prepare() {
  const place = element("stage");
  place.addEventListener("pointerdown", press);
  place.addEventListener("pointermove", drag);
  for (const name of ["pointerup", "pointercancel"]) place.addEventListener(name, release);
  place.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const point = at(event);
      zoomAt(point.x, point.y, Math.exp(-event.deltaY / 400));
    },
    { passive: false },
  );
  place.addEventListener("dblclick", (event) => {
    const point = at(event);
    if (view.zoom > smallest() * 1.01) whole();
    else zoomAt(point.x, point.y, Math.max(1, 2 * view.zoom) / view.zoom);
  });
  element("divider").addEventListener("input", draw);
  element("in").addEventListener("click", () => zoomMiddle(1.25));
  element("out").addEventListener("click", () => zoomMiddle(0.8));
  element("whole").addEventListener("click", whole);
  element("close").addEventListener("click", () => element("viewer").close());
  element("viewer").addEventListener("keydown", pressKey);
  element("viewer").addEventListener("close", () => {
    pointers.clear();
    for (const name of ["before", "after"]) element(name).removeAttribute("src");
  });
  new ResizeObserver(() => element("viewer").open && draw()).observe(place);
}
