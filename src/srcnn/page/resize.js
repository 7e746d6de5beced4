// Bicubic interpolation as srcnn.image.resize defines it: Keys' kernel, a = -1/2, the edge repeated.

function cubic(distance) {
  const t = Math.abs(distance);
  if (t <= 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
  return t <= 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
}

/** Taps of an axis that grows by a whole factor: for each of `scale` places in a pixel, offsets and weights. */
function bicubicTaps(scale) {
  return Array.from({ length: scale }, (_, place) => {
    const centre = (place + 0.5) / scale - 0.5;
    const first = Math.ceil(centre - 2);
    const offsets = [0, 1, 2, 3].map((n) => first + n);
    const weights = offsets.map((offset) => cubic(centre - offset));
    const sum = weights.reduce((a, b) => a + b);
    return { offsets, weights: weights.map((weight) => weight / sum) };
  });
}

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/**
 * Rows of a plane, enlarged in both directions: vertically first, as MATLAB does.
 *
 * `read(row, into)` fills a row of the plane; rows from `top` to `bottom` of the small plane are enlarged.
 */
export function enlargeRows(read, width, height, top, bottom, scale) {
  const taps = bicubicTaps(scale);
  const rows = new Map();
  const row = (y) => {
    const at = clamp(y, 0, height - 1);
    if (!rows.has(at)) {
      const values = new Float32Array(width);
      read(at, values);
      rows.set(at, values);
    }
    return rows.get(at);
  };
  const wide = width * scale;
  const out = new Float32Array((bottom - top) * scale * wide);
  const tall = new Float32Array(width + 4); // two pixels more to either side: the edge, repeated
  for (let y = top; y < bottom; y++) {
    for (let place = 0; place < scale; place++) {
      const [a, b, c, d] = taps[place].offsets.map((offset) => row(y + offset));
      const [p, q, r, s] = taps[place].weights;
      for (let x = 0; x < width; x++) tall[x + 2] = p * a[x] + q * b[x] + r * c[x] + s * d[x];
      tall[0] = tall[1] = tall[2];
      tall[width + 2] = tall[width + 3] = tall[width + 1];
      const start = ((y - top) * scale + place) * wide;
      for (let across = 0; across < scale; across++) {
        const first = taps[across].offsets[0] + 2;
        const [e, f, g, h] = taps[across].weights;
        for (let x = 0, to = start + across; x < width; x++, to += scale) {
          const from = x + first;
          out[to] = e * tall[from] + f * tall[from + 1] + g * tall[from + 2] + h * tall[from + 3];
        }
      }
    }
    rows.delete(y - 2);
  }
  return out;
}
