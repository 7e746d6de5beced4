// The quality of the JPEG that an image once was, as srcnn.estimate.quality finds it in its DCT coefficients.

import { SIDE, SIZE, lumaAndClipped, percentile, transform } from "./blocks.js";
import { clamp } from "./resize.js";

// ITU-T T.81, annex K.1, row by row: the table that libjpeg scales by the quality.
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87,
  80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92,
  95, 98, 112, 100, 103, 99,
];
const ROUNDING = 0.55; // standard deviation of a coefficient after quantisation, decoding and another transform
const CLEAR = 0.05; // log-likelihood per informative coefficient by which a quantiser must beat none
const DOUBTS = 100; // as if so many coefficients said nothing, so that a few cannot decide
const SCANNED = 5; // every so many blocks tell which qualities are worth all of them
const CANDIDATES = 4;
const BLOCKS = 1600; // that are examined
const COARSE = 28; // frequencies that are looked at
const STEEPEST = 24; // levels of a step between neighbours

/** The luminance table that libjpeg uses at a quality: 64 numbers, row by row. */
export function tableOf(quality) {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return LUMINANCE.map((step) => clamp(Math.floor((step * scale + 50) / 100), 1, 255));
}

/** From 5 to 98; null where no quantiser is clear. */
export function estimateQuality(image) {
  const { luma, clipped } = lumaAndClipped(image),
    { width, height } = image;
  let best = 0,
    found = null;
  for (const [row, column] of gridsOf(luma, width, height)) {
    const blocks = coefficients(luma, clipped, width, height, row, column),
      some = blocks.filter((_, n) => n % SCANNED === 0);
    const scanned = Array.from({ length: 94 }, (_, n) => ({ quality: n + 5, gain: likelihood(some, tableOf(n + 5)) }));
    scanned.sort((a, b) => b.gain - a.gain);
    for (const { quality } of scanned.slice(0, CANDIDATES)) {
      const gain = likelihood(blocks, tableOf(quality));
      if (gain > best) [best, found] = [gain, quality];
    }
  }
  return best > CLEAR ? found : null;
}

/** Candidate origins of the grid of blocks: the corner, and where steps between neighbours are largest. */
function gridsOf(luma, width, height) {
  const step = (count, others, at) =>
    Array.from({ length: count - 1 }, (_, n) => {
      let sum = 0;
      for (let i = 0; i < others; i++) sum += Math.min(Math.abs(luma[at(n + 1, i)] - luma[at(n, i)]), STEEPEST);
      return sum / others;
    });
  const found = [
    step(height, width, (n, i) => n * width + i),
    step(width, height, (n, i) => i * width + n),
  ].map((steps) => {
    // A block boundary is a step between two pixels that their other neighbours do not continue.
    const alone = steps.slice(1, -1).map((value, n) => value - (steps[n] + steps[n + 2]) / 2);
    const rows = Math.floor(alone.length / SIDE);
    const medians = Array.from({ length: SIDE }, (_, place) =>
      percentile(Float64Array.from({ length: rows }, (_, row) => alone[row * SIDE + place]).sort(), 50),
    );
    return (medians.indexOf(Math.max(...medians)) + 2) % SIDE;
  });
  return found[0] || found[1] ? [[0, 0], found] : [[0, 0]];
}

/** DCT coefficients of blocks without clipped pixels, sorted; of equal blocks one, for they are the same evidence. */
function coefficients(luma, clipped, width, height, top, left) {
  const corners = [];
  for (let y = top; y + SIDE <= height; y += SIDE) {
    for (let x = left; x + SIDE <= width; x += SIDE) {
      let isWhole = true;
      for (let n = 0; n < SIZE && isWhole; n++) isWhole = !clipped[(y + (n >> 3)) * width + x + (n & 7)];
      if (isWhole) corners.push(y * width + x);
    }
  }
  const every = Math.max(1, Math.floor(corners.length / BLOCKS));
  const blocks = corners.filter((_, n) => n % every === 0).map((corner) => toHundredths(transform(luma, corner, width)));
  const order = (a, b) => {
    for (let n = 1; n < SIZE; n++) if (a[n] !== b[n]) return a[n] - b[n];
    return 0;
  };
  return blocks.sort(order).filter((block, n) => n === 0 || order(block, blocks[n - 1]) !== 0);
}

const toHundredths = (values) => values.map((value) => Math.round(100 * value) / 100);

/**
 * How much likelier coefficients are as blurred multiples of a table's steps than without a pattern, in the mean.
 *
 * Only those above half a step are used: coefficients near zero are near zero in any image.
 */
function likelihood(blocks, table) {
  const coarse = [];
  for (let n = 1; n < SIZE && coarse.length < COARSE; n++) if (table[n] >= 2) coarse.push(n);
  let sum = 0,
    count = 0;
  for (const block of blocks) {
    for (const n of coarse) {
      const step = table[n],
        value = block[n];
      if (Math.abs(value) <= 0.5 * step) continue;
      const off = (value - step * Math.round(value / step)) / ROUNDING;
      const blur = Math.exp(-0.5 * off * off) / (ROUNDING * Math.sqrt(2 * Math.PI));
      sum += Math.log(0.97 * blur * step + 0.03);
      count++;
    }
  }
  return sum / (count + DOUBTS);
}
