// The noise of an image, as srcnn.estimate.noise finds it.

import { LUMA, SIDE, inverse, lumaAndClipped, percentile, transform } from "./blocks.js";

const CLEAR = 2.5; // levels: below, fine texture and noise cannot be distinguished
const MOST = 50;
// Of one plane, where nothing but the shape of its structure tells noise from texture:
const FINE = 1.7; // levels that the finest structure of its flattest blocks must have
const AGREEING = 1.3; // by how much its calm blocks may exceed the flattest ones
// By how much the structure of twice the size may exceed the finest one: of a grey image as it is, and of those where
// other traces of noise are missing, in colours that agree or under a quantiser.
const WHITE = 1.8,
  WHITE_IN_DOUBT = 1.4;
const LEFT = 0.25; // share of the noise's finest structure that quantisation must have left
const LEVELS = [0.5, 1, 1.5, ...Array.from({ length: 21 }, (_, n) => 2 * 30 ** (n / 20))];
const SIDE_OF_NOISE = 192; // pixels per side of the noise that is compared with

/** Standard deviation of white noise in levels; 0 where texture could be the reason. The table is that of the JPEG, or null. */
export function estimateNoise(image, table) {
  const { luma, clipped } = lumaAndClipped(image),
    { rgb, width, height } = image;
  const plane = (of) => ({ values: luma.map((_, i) => of(3 * i)), clipped, width, height });
  const isGrey = luma.every((_, i) => rgb[3 * i] === rgb[3 * i + 1] && rgb[3 * i + 1] === rgb[3 * i + 2]);
  if (isGrey) {
    const white = table === null ? WHITE : WHITE_IN_DOUBT;
    return Math.min(noiseOfPlane(plane((at) => rgb[at]), table, white), MOST);
  }
  // Texture is nearly the same in all bands, and noise is not.
  const found = Math.min(
    ...[0, 2].map((band) => percentile(finest(plane((at) => rgb[at + band] - rgb[at + 1])), 50) / Math.SQRT2),
  );
  if (found >= CLEAR) return Math.min(found, MOST);
  // A JPEG's chroma has lost its noise; where there was no JPEG, noise that the differences lack is alike in all.
  const share = table === null ? 1 : Math.hypot(...LUMA);
  return Math.min(noiseOfPlane({ values: luma, clipped, width, height }, table, WHITE_IN_DOUBT) / share, MOST);
}

function noiseOfPlane(plane, table, white) {
  const found = structure(plane);
  if (found[0] < FINE) return 0;
  const curves = structureOfNoise(table);
  const [noise, calm, coarser] = found.map((value, n) => interpolated(value, curves[n]));
  // Where less than that share is left, a little texture would pass for a lot of noise.
  const isClear = noise >= CLEAR && noise <= found[0] / LEFT && calm < AGREEING * noise && coarser < white * noise;
  return isClear ? noise : 0;
}

/** Of the finest structure, the strength in the flattest blocks and in calm ones; of that of twice the size. */
function structure(plane) {
  const fine = finest(plane);
  return [percentile(fine, 5), percentile(fine, 20), percentile(finest(halved(plane)), 5)];
}

function halved({ values, clipped, width, height }) {
  const half = { width: width >> 1, height: height >> 1 },
    size = half.width * half.height;
  half.values = new Float64Array(size);
  half.clipped = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const at = 2 * (Math.floor(i / half.width) * width + (i % half.width)),
      four = [at, at + 1, at + width, at + width + 1];
    for (const from of four) {
      half.values[i] += values[from] / 4;
      half.clipped[i] |= clipped[from];
    }
  }
  return half;
}

const known = new Map();

/** What `structure` finds in noise of each of the levels, and nothing but noise, after JPEG; never falling. */
function structureOfNoise(table) {
  const key = String(table);
  if (!known.has(key)) {
    const rows = LEVELS.map((level) => structure(quantised(whiteNoise().map((value) => level * value), table)));
    const curves = [0, 1, 2].map((n) => rows.map((row) => row[n]));
    for (const curve of curves) curve.forEach((value, n) => (curve[n] = Math.max(value, curve[n - 1] ?? value)));
    known.set(key, curves);
  }
  return known.get(key);
}

function quantised(noise, table) {
  const width = SIDE_OF_NOISE,
    values = noise.map(Math.round);
  for (let row = 0; table && row < width; row += SIDE) {
    for (let corner = row * width; corner < (row + 1) * width; corner += SIDE) {
      const kept = transform(noise, corner, width).map((value, n) => Math.round(value / table[n]) * table[n]);
      inverse(kept).forEach((value, n) => (values[corner + (n >> 3) * width + (n & 7)] = Math.round(value)));
    }
  }
  return { values, clipped: new Uint8Array(noise.length), width, height: width };
}

/** Nearly normal numbers of standard deviation 1, always the same: sums of twelve hashes of their place. */
function whiteNoise() {
  if (!known.has("white")) {
    const hash = (place) => {
      let x = Math.imul(place ^ (place >>> 16), 0x7feb352d);
      x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
      return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
    };
    const sum = (_, n) => Array.from({ length: 12 }, (_, k) => hash(12 * n + k)).reduce((a, b) => a + b) - 6;
    known.set("white", Float64Array.from({ length: SIDE_OF_NOISE ** 2 }, sum));
  }
  return known.get("white");
}

/** The level at which a curve has a value, between neighbours by a straight line. */
function interpolated(value, curve) {
  const next = curve.findIndex((other) => other > value);
  if (next === 0) return LEVELS[0];
  if (next < 0) return LEVELS.at(-1);
  const share = (value - curve[next - 1]) / (curve[next] - curve[next - 1]);
  return LEVELS[next - 1] + share * (LEVELS[next] - LEVELS[next - 1]);
}

/** Strength of the second difference in each block of 8x8, sorted; blocks with clipped pixels only if there are few others. */
function finest({ values, clipped, width, height }) {
  const rows = Math.floor((height - 2) / SIDE),
    columns = Math.floor((width - 2) / SIDE),
    across = (at) => values[at - 1] - 2 * values[at] + values[at + 1];
  const all = [],
    whole = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0,
        isWhole = true;
      for (let y = 0; y < SIDE; y++) {
        for (let x = 0; x < SIDE; x++) {
          const at = (row * SIDE + y + 1) * width + column * SIDE + x + 1;
          sum += ((across(at - width) - 2 * across(at) + across(at + width)) / 6) ** 2;
          isWhole &&= !clipped[at];
        }
      }
      all.push(Math.sqrt(sum / SIDE ** 2));
      if (isWhole) whole.push(all.at(-1));
    }
  }
  const used = whole.length >= Math.max(20, Math.floor(all.length / 10)) ? whole : all;
  return Float64Array.from(used).sort();
}
