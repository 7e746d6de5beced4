// BT.601 studio-range luma and chroma, as srcnn.image.colour defines them; colours are 0 to 255 here, planes 0 to 1.

const TO_CB = [-37.797, -74.203, 112.0],
  TO_CR = [112.0, -93.786, -18.214],
  TO_LUMA = [65.481, 128.553, 24.966];

/** A function that fills a row of one plane of an image. */
function planeReader(image, [red, green, blue], offset) {
  const { colour, step, width } = image;
  const scale = 255 * 255;
  const [r, g, b, constant] = [red / scale, green / scale, blue / scale, offset / 255];
  return (y, into, x0 = 0) => {
    for (let x = 0, at = (y * width + x0) * step; x < into.length; x++, at += step) {
      into[x] = colour[at] * r + colour[at + 1] * g + colour[at + 2] * b + constant;
    }
  };
}

/** Functions that fill a row of a band, 0 to 1. */
export const bandReaders = (image) =>
  [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map((band) => planeReader(image, band.map((share) => share * 255), 0));
export const lumaReader = (image) => planeReader(image, TO_LUMA, 16);
export const blueReader = (image) => planeReader(image, TO_CB, 128);
export const redReader = (image) => planeReader(image, TO_CR, 128);

const toByte = (value) => (value >= 255 ? 255 : value <= 0 ? 0 : Math.floor(value + 0.5));

// The inverse of the three rows above, for luma less 16 and chroma less 128 on the scale of 0 to 1: 255 * 255 / 219 …
const FROM_LUMA = 255 * 0.0045662100456621 * 255;
const RED_OF_CR = 255 * 0.00625892896994393 * 255;
const GREEN_OF_CB = 255 * -0.0015363236860449 * 255,
  GREEN_OF_CR = 255 * -0.00318811094965571 * 255;
const BLUE_OF_CB = 255 * 0.00791071623355474 * 255;

/** Bytes of rows of the result, `bands` a pixel, from planes of the same size. */
export function joinColours(luma, lumaAt, blue, red, alpha, bands) {
  const out = new Uint8Array(blue.length * bands);
  const black = 16 / 255,
    middle = 128 / 255;
  for (let i = 0, to = 0; i < blue.length; i++, to += bands) {
    const y = FROM_LUMA * (luma[lumaAt + i] - black),
      cb = blue[i] - middle,
      cr = red[i] - middle;
    out[to] = toByte(y + RED_OF_CR * cr);
    out[to + 1] = toByte(y + GREEN_OF_CB * cb + GREEN_OF_CR * cr);
    out[to + 2] = toByte(y + BLUE_OF_CB * cb);
    if (bands === 4) out[to + 3] = toByte(255 * alpha[i]);
  }
  return out;
}

/** Bytes of an image from its three planes, one after the other in `made`; `grey` if they are one. */
export function joinBands(made, from, size, count, alpha, bands, grey) {
  const out = new Uint8Array(count * bands);
  for (let i = 0, to = 0; i < count; i++, to += bands) {
    const [red, green, blue] = [0, 1, 2].map((band) => made[band * size + from + i]);
    const mean = (red + green + blue) / 3;
    out[to] = toByte(255 * (grey ? mean : red));
    out[to + 1] = toByte(255 * (grey ? mean : green));
    out[to + 2] = toByte(255 * (grey ? mean : blue));
    if (bands === 4) out[to + 3] = toByte(255 * alpha[i]);
  }
  return out;
}
