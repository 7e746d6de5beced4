// Colour under transparency, as srcnn.image.alpha defines it: invisible pixels take the colour of visible ones nearby.

const TRUSTED = 16; // a pixel's own colour counts in full from an opacity of 1/16 on

/** The colours of an RGBA image that networks and bicubic interpolation may mix. */
export function fillTransparent(rgba, width, height) {
  let lowest = 255,
    highest = 0;
  for (let at = 3; at < rgba.length; at += 4) {
    if (rgba[at] < lowest) lowest = rgba[at];
    if (rgba[at] > highest) highest = rgba[at];
  }
  const opaque = lowest === 255;
  // Where no pixel is fully transparent, the colour around each is its own.
  if (lowest > 0 || highest === 0) return { colour: rgba, step: 4, opaque };
  const levels = pyramid(rgba, width, height);
  const colour = new Float32Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const own = Math.min((rgba[4 * i + 3] / 255) * TRUSTED, 1);
      const mean = own < 1 ? visible(levels, x, y) : null;
      for (let band = 0; band < 3; band++) {
        const value = rgba[4 * i + band];
        colour[3 * i + band] = mean
          ? value * own + (mean.sums[mean.at + band] / mean.sums[mean.at + 3]) * (1 - own)
          : value;
      }
    }
  }
  return { colour, step: 3, opaque };
}

/** Sums of premultiplied colour and of opacity over squares of 2, 4, 8 … pixels per side. */
function pyramid(rgba, width, height) {
  const levels = [];
  let below = {
    width,
    height,
    premultiplied: (i, band) => (band === 3 ? rgba[4 * i + 3] : rgba[4 * i + band] * rgba[4 * i + 3]),
  };
  do {
    const level = { width: (below.width + 1) >> 1, height: (below.height + 1) >> 1 };
    const sums = new Float32Array(level.width * level.height * 4);
    for (let y = 0; y < below.height; y++) {
      for (let x = 0; x < below.width; x++) {
        const to = 4 * ((y >> 1) * level.width + (x >> 1));
        for (let band = 0; band < 4; band++) sums[to + band] += below.premultiplied(y * below.width + x, band);
      }
    }
    levels.push({ ...level, sums });
    below = { ...level, premultiplied: (i, band) => sums[4 * i + band] };
  } while (below.width > 1 || below.height > 1);
  return levels;
}

/** The smallest square around a pixel with something visible in it. */
function visible(levels, x, y) {
  for (let level = 0; level < levels.length; level++) {
    const { width, sums } = levels[level];
    const at = 4 * ((y >> (level + 1)) * width + (x >> (level + 1)));
    if (sums[at + 3] > 0) return { sums, at };
  }
  return null; // cannot be: the last square is the whole image, and something in it is visible
}
