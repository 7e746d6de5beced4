// How worn an image is, as srcnn.estimate and srcnn.automatic find it: by its file's header, and by its pixels.

import { estimateNoise } from "./noise.js";
import { estimateQuality, tableOf } from "./quality.js";
import { clamp } from "./resize.js";

const SMALLEST = 64; // pixels per side below which nothing is estimated
const LARGEST_SIDE = 768; // pixels per side that are examined: the centre of a larger image
const DOUBT = 5; // by which an estimated quality must be below that of the file to be used
// By scale, quality and noise at which an image is so little worn that a model for clean ones makes more of it.
const CLEAN = { 2: [96, 2.5], 3: [93, 3.7], 4: [93, 3.7] };
const QUANTISERS = [0, 12, 35, 51, 66, 77, 127],
  ALIKE = [100, 97, 92, 85, 75, 68, 40]; // of WebP, and JPEG qualities that are about as worn

/** JPEG quality (null for an image that was no JPEG) and noise, in levels of 8 bits. */
export function findWear({ rgba, width, height }, { table: written, quantiser, deep }) {
  const table = written?.includes(0) ? undefined : written; // a quantiser of 0 is none
  const told = table ? qualityOfTable(table) : quantiser === undefined ? null : qualityOfQuantiser(quantiser);
  if (deep || Math.min(width, height) < SMALLEST) return { quality: told, noise: 0 };
  const part = middle(rgba, width, height),
    estimated = estimateQuality(part);
  // A file that was saved twice holds only the second quality; the pixels may show a lower one.
  const isLower = estimated !== null && (told === null || estimated < told - DOUBT);
  const quality = isLower ? estimated : told;
  // What is left of noise was decided by the file's own table, unless the pixels show a coarser one.
  const behind = table && !isLower ? Array.from(table) : quality === null ? null : tableOf(roundedToEven(quality));
  return { quality, noise: estimateNoise(part, behind) };
}

/** As Python rounds: a half goes to the even neighbour. */
function roundedToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/** Whether an image is worn enough for a model that is told so, where it grows by a scale of 2, 3 or 4. */
export function isWorn({ quality, noise }, scale) {
  const [good, quiet] = CLEAN[scale];
  return noise >= quiet || (quality !== null && quality < good);
}

/** The two numbers by which a network is told. */
export function wearPlanes({ quality, noise }) {
  const factor = quality === null ? 0 : quality < 50 ? 50 / quality : 2 - quality / 50;
  return [Math.log(1 + 4 * factor), noise / 25];
}

/** The quality at which the table of libjpeg is this one, or closest to it. */
export function qualityOfTable(table) {
  for (let quality = 100; quality > 0; quality--) {
    if (tableOf(quality).every((step, n) => step === table[n])) return quality;
  }
  let sum = 0,
    weights = 0;
  tableOf(50).forEach((step, n) => {
    const weight = 1 / (1 + (n >> 3) + (n & 7)); // other encoders' tables differ most in the finest frequencies
    sum += weight * Math.log(table[n] / step);
    weights += weight;
  });
  const factor = Math.exp(sum / weights);
  return clamp(factor <= 1 ? 100 - 50 * factor : 50 / factor, 1, 100);
}

function qualityOfQuantiser(index) {
  const n = Math.max(
    QUANTISERS.findIndex((next) => next >= index),
    1,
  );
  const share = (index - QUANTISERS[n - 1]) / (QUANTISERS[n] - QUANTISERS[n - 1]);
  return ALIKE[n - 1] + share * (ALIKE[n] - ALIKE[n - 1]);
}

/** The centre, in whole blocks from the corner: three bands of bytes, a pixel after the other. */
function middle(rgba, width, height) {
  const [left, top] = [width, height].map((side) => (Math.max(0, side - LARGEST_SIDE) >> 4) << 3);
  const w = Math.min(width - left, LARGEST_SIDE),
    h = Math.min(height - top, LARGEST_SIDE);
  const rgb = new Uint8Array(3 * w * h);
  for (let y = 0, to = 0; y < h; y++) {
    for (let x = 0; x < w; x++, to += 3) {
      const from = 4 * ((top + y) * width + left + x);
      for (let band = 0; band < 3; band++) rgb[to + band] = rgba[from + band];
    }
  }
  return { rgb, width: w, height: h };
}
