// The noise of an image, as srcnn.estimate.estimate_noise finds it.

const BLOCK = 8;
const CLEAR = 2.5; // levels: below, fine texture and noise cannot be distinguished
const AGREEING = 1.35; // by how much the calm blocks of a grey image may exceed its flattest ones
const MOST = 50;

const isClipped = (value) => value === 0 || value === 255;

/** Standard deviation of white noise in levels; 0 where texture could be the reason. */
export function estimateNoise({ rgb, width, height }) {
  const size = width * height,
    clipped = new Uint8Array(size);
  let grey = true;
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]];
    grey &&= r === g && g === b;
    clipped[i] = isClipped(r) || isClipped(g) || isClipped(b) ? 1 : 0;
  }
  const strengths = (of) => finest(Float64Array.from({ length: size }, (_, i) => of(3 * i)), clipped, width, height);
  if (!grey) {
    // Texture is nearly the same in all bands, and noise is not.
    const found = Math.min(
      ...[0, 2].map((band) => percentile(strengths((at) => rgb[at + band] - rgb[at + 1]), 50) / Math.SQRT2),
    );
    return found >= CLEAR ? Math.min(found, MOST) : 0;
  }
  const found = strengths((at) => rgb[at]);
  const [flattest, calm] = [5, 20].map((share) => percentile(found, share));
  return flattest >= CLEAR && calm < AGREEING * flattest ? Math.min(flattest / 0.8, MOST) : 0;
}

/** The value below which a share of sorted numbers lies, in per cent, between neighbours by a straight line. */
export function percentile(sorted, share) {
  const place = ((sorted.length - 1) * share) / 100,
    first = Math.floor(place);
  return sorted[first] + (place - first) * ((sorted[first + 1] ?? sorted[first]) - sorted[first]);
}

/** Strength of the second difference in each block of 8x8, sorted; blocks with clipped pixels only if there are few others. */
function finest(plane, clipped, width, height) {
  const rows = Math.floor((height - 2) / BLOCK),
    columns = Math.floor((width - 2) / BLOCK),
    across = (at) => plane[at - 1] - 2 * plane[at] + plane[at + 1];
  const all = [],
    whole = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0,
        isWhole = true;
      for (let y = 0; y < BLOCK; y++) {
        for (let x = 0; x < BLOCK; x++) {
          const at = (row * BLOCK + y + 1) * width + column * BLOCK + x + 1;
          sum += ((across(at - width) - 2 * across(at) + across(at + width)) / 6) ** 2;
          isWhole &&= !clipped[at];
        }
      }
      all.push(Math.sqrt(sum / BLOCK ** 2));
      if (isWhole) whole.push(all.at(-1));
    }
  }
  const used = whole.length >= Math.max(20, Math.floor(all.length / 10)) ? whole : all;
  return Float64Array.from(used).sort();
}
