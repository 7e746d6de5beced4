// Heads of tables become buttons: the good values first, then the others, then the order of the run again.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], order = [...body.rows];
  for (const [column, head] of heads.entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const first = head.dataset.better === "high" ? "descending" : "ascending";
    const second = first === "descending" ? "ascending" : "descending";
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const next = now === "none" ? first : now === first ? second : "none";
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", next);
      const sorted = next === "none" ? order : [...order].sort((a, b) => compared(a, b, column, next === "ascending" ? 1 : -1));
      body.append(...sorted);
    });
  }
}

function compared(a, b, column, sign) {
  const [x, y] = [a, b].map((row) => row.cells[column]);
  if (column === 0) return sign * x.textContent.localeCompare(y.textContent, "en", { numeric: true });
  const [p, q] = [x, y].map((cell) => number(cell.dataset.value));
  if (p === null || q === null) return (p === null) - (q === null);  // cells without a number stand last
  return p === q ? 0 : sign * (p < q ? -1 : 1);
}

function number(text) {
  return text === undefined ? null : text === "inf" ? Infinity : Number(text);
}

// The window of the images: by sliders, or by pointing at the whole image.
for (const shown of document.querySelectorAll(".shown")) {
  const [width, height] = [Number(shown.dataset.width), Number(shown.dataset.height)];
  const chooser = shown.querySelector(".chooser"), whole = chooser.querySelector(".whole");
  const [x, y] = ["x", "y"].map((name) => chooser.querySelector(`[name=${name}]`));
  const side = chooser.querySelector("select");
  whole.querySelector("img").src = shown.querySelector(".crop img").src;
  chooser.hidden = false;

  function place() {
    x.max = String(width - Number(side.value));
    y.max = String(height - Number(side.value));  // a value beyond it is moved by the browser
    for (const [name, control] of [["x", x], ["y", y], ["side", side]]) shown.style.setProperty(`--${name}`, control.value);
  }

  function point(event) {
    const box = whole.getBoundingClientRect(), half = Number(side.value) / 2;
    x.value = String(Math.round((event.clientX - box.left) / box.width * width - half));
    y.value = String(Math.round((event.clientY - box.top) / box.height * height - half));
    place();
  }

  for (const control of [x, y, side]) control.addEventListener("input", place);
  whole.addEventListener("pointerdown", (event) => {
    whole.setPointerCapture(event.pointerId);
    point(event);
  });
  whole.addEventListener("pointermove", (event) => {
    if (event.buttons) point(event);
  });
}

// On paper everything is open; afterwards it is as it was.
const closed = [];
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    closed.push(details);
    details.open = true;
  }
});
window.addEventListener("afterprint", () => {
  for (const details of closed.splice(0)) details.open = false;
});
