// A network in plain JavaScript: its layers, and how the result is made to agree with its input and bounded.
// srcnn.training.agreement and srcnn.training.bounding explain the arithmetic.

import { runLayers } from "./layers.js";
import { clamp } from "./resize.js";

export const REACH = 2; // pixels to either side that a downscaled pixel is made of

/** What the network adds, downscaled again, as one plane. */
function downscaled(rest, chain, width, height, inset) {
  const { scale } = chain,
    { line } = chain.agreement,
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
function lacking(image, { agreement: { remainder } }, width, height, inset) {
  const out = new Float32Array(width * height);
  for (let y = inset; y < height - inset; y++) {
    for (let x = inset; x < width - inset; x++) {
      let sum = 0;
      for (let dy = -REACH; dy <= REACH; dy++) {
        for (let dx = -REACH; dx <= REACH; dx++) {
          sum += remainder[dy + REACH][dx + REACH] * image[(y + dy) * width + x + dx];
        }
      }
      out[y * width + x] = sum;
    }
  }
  return out;
}

/** The least and the largest value of the block that (x, y) lies in, and of the pixels next to it. */
function nearest(values, start, width, x, y, { halo, block }) {
  const top = y - (y % block) + halo,
    left = x - (x % block) + halo;
  let low = Infinity,
    high = -Infinity;
  for (let row = top - 1; row <= top + block; row++) {
    for (let column = left - 1; column <= left + block; column++) {
      const value = values[start + row * width + column];
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

/** How far a result is trusted at a pixel, by its disagreement with the image there and next to it. */
function trusted(at, width, lack, added, { share, slack }) {
  let left = 0,
    allowed = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const near = at + dy * width + dx;
      left = Math.max(left, Math.abs(lack[near] - added[near]));
      allowed = Math.max(allowed, Math.abs(lack[near]));
    }
  }
  return clamp(2 - left / (allowed * share + slack), 0, 1);
}

/** Trust and correct the result, where the network has to agree with its input, and bound it: quads of channels. */
function finished(image, rest, chain, width, height) {
  const { scale, planes, halo, own, beyond, agreement } = chain;
  const plane = width * height,
    channels = scale * scale,
    w = width - 2 * halo,
    h = height - 2 * halo;
  const added = agreement && downscaled(rest, chain, width, height, halo - 1),
    lack = agreement && lacking(image, chain, width, height, halo - 1);
  const quads = Array.from({ length: Math.ceil((planes * channels) / 4) }, () => new Float32Array(4 * w * h));
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const at = (y + halo) * width + x + halo,
        trust = agreement ? trusted(at, width, lack, added, agreement) : 1;
      for (let band = 0; band < planes; band++) {
        const [low, high] = nearest(image, band * plane, width, x, y, chain),
          least = Math.max(2 * low - high, -beyond),
          most = Math.min(2 * high - low, 1 + beyond);
        const corrected = image[band * plane + at] + (agreement ? lack[at] - trust * added[at] : 0);
        for (let channel = band * channels; channel < (band + 1) * channels; channel++) {
          const value = rest[channel * plane + at] * trust + own[channel] * corrected;
          quads[channel >> 2][4 * (y * w + x) + (channel & 3)] = clamp(value, least, most);
        }
      }
    }
  }
  return quads;
}

/**
 * The result of a tile: quads of the `planes * scale ** 2` channels of its pixels.
 *
 * `image` are planes of `width` x `height` pixels, the halo included; `kernel` computes the layers, if there is one.
 */
export function runChain(chain, image, width, height, kernel = null) {
  const rest = (kernel ?? { run: (...tile) => runLayers(chain, ...tile) }).run(image, width, height);
  return finished(image, rest, chain, width, height);
}
