// A network in plain JavaScript: the layers, and how the result is made to agree with its input and bounded.
// srcnn.training.agreement and srcnn.training.bounding explain the arithmetic.

import { clamp } from "./resize.js";

const AGREEMENT = 3; // pixels around a result that it is compared in
export const REACH = 2; // pixels to either side that a downscaled pixel is made of

/** Floats of which the lowest of four bytes is left out. */
function floatsOf(bytes) {
  const bits = Uint32Array.from(
    { length: bytes.length / 3 },
    (_, n) => (bytes[3 * n] << 8) | (bytes[3 * n + 1] << 16) | (bytes[3 * n + 2] << 24),
  );
  return new Float32Array(bits.buffer);
}

export const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** A network as srcnn.page stores it, with its numbers as arrays; outputs are filled up to whole quads with zeros. */
export function unpackChain(stored) {
  const numbers = floatsOf(bytesOf(stored.weights));
  let at = 0;
  const layers = stored.layers.map(([outputs, inputs, side]) => {
    const filled = Math.ceil(outputs / 4) * 4,
      size = inputs * side * side;
    const weights = new Float32Array(filled * size),
      bias = new Float32Array(filled);
    weights.set(numbers.subarray(at, (at += outputs * size)));
    bias.set(numbers.subarray(at, (at += outputs)));
    return { outputs: filled, inputs, side, weights, bias };
  });
  const seen = layers.reduce((sum, layer) => sum + (layer.side >> 1), 0);
  return { ...stored, layers, halo: seen + AGREEMENT };
}

/** One convolution of planes with a common stride; `inset` pixels at the sides of the result stay as they are. */
function convolve(source, target, layer, width, height, inset, slope) {
  const { inputs, outputs, side, weights, bias } = layer;
  const plane = width * height,
    reach = side >> 1,
    last = width - inset;
  for (let y = inset; y < height - inset; y++) {
    for (let output = 0; output < outputs; output += 4) {
      const shift = output * plane + y * width;
      const a = target.subarray(shift, shift + width),
        b = target.subarray(shift + plane, shift + plane + width);
      const c = target.subarray(shift + 2 * plane, shift + 2 * plane + width);
      const d = target.subarray(shift + 3 * plane, shift + 3 * plane + width);
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
      if (slope !== 1) for (const values of [a, b, c, d]) leak(values, slope, inset, last);
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

/** What the network adds, downscaled again, as one plane. */
function downscaled(rest, chain, width, height, inset) {
  const { scale, line } = chain,
    plane = width * height;
  const along = new Float32Array(scale * plane),
    out = new Float32Array(plane);
  for (let row = 0; row < scale; row++) {
    for (let y = inset - REACH; y < height - inset + REACH; y++) {
      for (let x = inset; x < width - inset; x++) {
        let sum = 0;
        for (let dx = -REACH; dx <= REACH; dx++) {
          for (let column = 0; column < scale; column++) {
            sum += line[dx + REACH][column] * rest[(row * scale + column) * plane + y * width + x + dx];
          }
        }
        along[row * plane + y * width + x] = sum;
      }
    }
  }
  for (let y = inset; y < height - inset; y++) {
    for (let x = inset; x < width - inset; x++) {
      let sum = 0;
      for (let dy = -REACH; dy <= REACH; dy++) {
        for (let row = 0; row < scale; row++) sum += line[dy + REACH][row] * along[row * plane + (y + dy) * width + x];
      }
      out[y * width + x] = sum;
    }
  }
  return out;
}

/** What repeated pixels lack of agreement. */
function lacking(image, chain, width, height, inset) {
  const out = new Float32Array(width * height);
  for (let y = inset; y < height - inset; y++) {
    for (let x = inset; x < width - inset; x++) {
      let sum = 0;
      for (let dy = -REACH; dy <= REACH; dy++) {
        for (let dx = -REACH; dx <= REACH; dx++) {
          sum += chain.remainder[dy + REACH][dx + REACH] * image[(y + dy) * width + x + dx];
        }
      }
      out[y * width + x] = sum;
    }
  }
  return out;
}

/** Trust, correct and bound the result; quads of channels as the shaders give them. */
function agreeing(image, rest, chain, width, height) {
  const { scale, halo, own, share, slack, block } = chain;
  const plane = width * height,
    channels = scale * scale,
    w = width - 2 * halo,
    h = height - 2 * halo;
  const added = downscaled(rest, chain, width, height, halo - 1),
    lack = lacking(image, chain, width, height, halo - 1);
  const quads = Array.from({ length: Math.ceil(channels / 4) }, () => new Float32Array(4 * w * h));
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = (y + halo) * width + x + halo;
      let left = 0,
        allowed = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const near = at + dy * width + dx;
          left = Math.max(left, Math.abs(lack[near] - added[near]));
          allowed = Math.max(allowed, Math.abs(lack[near]));
        }
      }
      const trust = clamp(2 - left / (allowed * share + slack), 0, 1);
      const corrected = image[at] + (lack[at] - trust * added[at]);
      let low = Infinity,
        high = -Infinity;
      const top = y - (y % block) + halo,
        start = x - (x % block) + halo;
      for (let row = top - 1; row <= top + block; row++) {
        for (let column = start - 1; column <= start + block; column++) {
          const value = image[row * width + column];
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      for (let channel = 0; channel < channels; channel++) {
        const value = rest[channel * plane + at] * trust + own[channel] * corrected;
        quads[channel >> 2][4 * (y * w + x) + (channel & 3)] = clamp(value, 2 * low - high, 2 * high - low);
      }
    }
  }
  return quads;
}

/** What the last layer makes, as planes of the image's size. */
function runLayers(chain, image, width, height) {
  let source = image,
    inset = 0;
  chain.layers.forEach((layer, number) => {
    const target = new Float32Array(layer.outputs * width * height);
    inset += layer.side >> 1;
    convolve(source, target, layer, width, height, inset, number < chain.layers.length - 1 ? chain.slope : 1);
    source = target;
  });
  return source;
}

/**
 * The result of a tile: quads of the `scale ** 2` channels of its pixels.
 *
 * `image` is luma of `width` x `height` pixels, the halo included; `kernel` computes the layers, if there is one.
 */
export function runChain(chain, image, width, height, kernel = null) {
  const rest = kernel ? kernel.run(image, width, height) : runLayers(chain, image, width, height);
  return agreeing(image, rest, chain, width, height);
}
