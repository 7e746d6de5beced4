// Convolutions in plain JavaScript, of planes with a common stride.

/** One convolution; `inset` pixels at the sides of the result stay as they are, and `added` may be planes to add. */
function convolve(source, target, layer, width, height, inset, added) {
  const { inputs, outputs, side, weights, bias, slope } = layer;
  const plane = width * height,
    reach = side >> 1,
    last = width - inset;
  for (let y = inset; y < height - inset; y++) {
    for (let output = 0; output < outputs; output += 4) {
      const shift = output * plane + y * width;
      const rows = [0, 1, 2, 3].map((n) => target.subarray(shift + n * plane, shift + n * plane + width));
      const [a, b, c, d] = rows;
      (a.fill(bias[output]), b.fill(bias[output + 1]), c.fill(bias[output + 2]), d.fill(bias[output + 3]));
      const next = inputs * side * side;
      for (let input = 0; input < inputs; input++) {
        for (let dy = 0; dy < side; dy++) {
          const from = input * plane + (y + dy - reach) * width;
          const row = source.subarray(from, from + width);
          const w = output * next + (input * side + dy) * side;
          if (side === 3) threeTaps(row, a, b, c, d, weights, w, next, inset, last);
          else
            for (let dx = 0; dx < side; dx++) oneTap(row, a, b, c, d, weights, w + dx, next, inset, last, dx - reach);
        }
      }
      if (slope !== 1) for (const values of rows) leak(values, slope, inset, last);
      if (added) rows.forEach((values, n) => add(values, added, shift + n * plane, inset, last));
    }
  }
}

function threeTaps(row, a, b, c, d, w, at, next, first, last) {
  const a0 = w[at],
    a1 = w[at + 1],
    a2 = w[at + 2],
    b0 = w[at + next],
    b1 = w[at + next + 1],
    b2 = w[at + next + 2];
  const two = at + 2 * next,
    three = at + 3 * next;
  const c0 = w[two],
    c1 = w[two + 1],
    c2 = w[two + 2],
    d0 = w[three],
    d1 = w[three + 1],
    d2 = w[three + 2];
  let p = row[first - 1],
    q = row[first];
  for (let x = first; x < last; x++) {
    const r = row[x + 1];
    a[x] += a0 * p + a1 * q + a2 * r;
    b[x] += b0 * p + b1 * q + b2 * r;
    c[x] += c0 * p + c1 * q + c2 * r;
    d[x] += d0 * p + d1 * q + d2 * r;
    p = q;
    q = r;
  }
}

function oneTap(row, a, b, c, d, w, at, next, first, last, shift) {
  const wa = w[at],
    wb = w[at + next],
    wc = w[at + 2 * next],
    wd = w[at + 3 * next];
  for (let x = first; x < last; x++) {
    const value = row[x + shift];
    a[x] += wa * value;
    b[x] += wb * value;
    c[x] += wc * value;
    d[x] += wd * value;
  }
}

function leak(values, slope, first, last) {
  for (let x = first; x < last; x++) if (values[x] < 0) values[x] *= slope;
}

function add(values, added, from, first, last) {
  for (let x = first; x < last; x++) values[x] += added[from + x];
}

/** What the last layer makes, as planes of the image's size. */
export function runLayers({ layers, buffers }, image, width, height) {
  const most = Math.max(...layers.map((layer) => layer.outputs));
  const held = Array.from({ length: Math.max(...buffers) + 1 }, () => new Float32Array(most * width * height));
  let source = image,
    inset = 0;
  layers.forEach((layer, n) => {
    inset += layer.side >> 1;
    const added = layer.adds === null ? null : held[buffers[layer.adds]];
    convolve(source, held[buffers[n]], layer, width, height, inset, added);
    source = held[buffers[n]];
  });
  return source;
}
