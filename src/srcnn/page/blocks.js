// Blocks of 8x8 pixels, as JPEG has them, and what the wear of an image is estimated with.

export const SIDE = 8; // pixels per side of a JPEG block
export const SIZE = SIDE ** 2;

export const LUMA = [0.299, 0.587, 0.114]; // as in JPEG (JFIF)

/** Full-range luma of three bands of bytes, from -128 to 127, and where one of them is at an end of its range. */
export function lumaAndClipped({ rgb, width, height }) {
  const luma = new Float64Array(width * height),
    clipped = new Uint8Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    const bands = [rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]];
    luma[i] = LUMA[0] * bands[0] + LUMA[1] * bands[1] + LUMA[2] * bands[2] - 128;
    clipped[i] = bands.some((value) => value === 0 || value === 255) ? 1 : 0;
  }
  return { luma, clipped };
}

const COSINES = Array.from({ length: SIZE }, (_, n) => {
  const [k, x] = [n >> 3, n & 7];
  return Math.sqrt((k ? 2 : 1) / SIDE) * Math.cos((Math.PI * k * (2 * x + 1)) / (2 * SIDE));
});

/** DCT coefficients of the block whose first pixel is at a place of a plane. */
export function transform(plane, corner, width) {
  return onBothAxes((y, x) => plane[corner + y * width + x], (k, y) => COSINES[SIDE * k + y]);
}

/** The pixels of a block of coefficients. */
export function inverse(coefficients) {
  return onBothAxes((k, l) => coefficients[SIDE * k + l], (y, k) => COSINES[SIDE * k + y]);
}

function onBothAxes(value, weight) {
  const half = new Float64Array(SIZE),
    out = new Float64Array(SIZE);
  for (let k = 0; k < SIDE; k++) {
    for (let x = 0; x < SIDE; x++) {
      for (let y = 0; y < SIDE; y++) half[SIDE * k + x] += weight(k, y) * value(y, x);
    }
  }
  for (let k = 0; k < SIDE; k++) {
    for (let l = 0; l < SIDE; l++) {
      for (let x = 0; x < SIDE; x++) out[SIDE * k + l] += half[SIDE * k + x] * weight(l, x);
    }
  }
  return out;
}

/** The value below which a share of sorted numbers lies, in per cent, between neighbours by a straight line. */
export function percentile(sorted, share) {
  const place = ((sorted.length - 1) * share) / 100,
    first = Math.floor(place);
  return sorted[first] + (place - first) * ((sorted[first + 1] ?? sorted[first]) - sorted[first]);
}
