// What the beginning of a file says of its pixels: whether they are grey, and how coarsely they were quantised.

// Of a JPEG's 64 coefficients, the place of each in rows.
const ZIGZAG = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35,
  42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
const TABLES = 0xdb,
  SCAN = 0xda;
const PNG = [0x89, 0x50, 0x4e, 0x47];
const isFrame = (marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * What a file says: `grey`, `deep` (more than 8 bits), `table` (a JPEG's quantisation of luma, row by row) and
 * `quantiser` (a lossy WebP's, 0 to 127); whatever it does not say is missing.
 */
export function readHeader(bytes) {
  const text = (from, to) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegHeader(bytes);
  if (PNG.every((byte, n) => bytes[n] === byte)) return { grey: bytes[25] === 0 || bytes[25] === 4, deep: bytes[24] > 8 };
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return { quantiser: webpQuantiser(bytes, 12, bytes.length) };
  return {};
}

function jpegHeader(bytes) {
  const tables = [],
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame = null;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff || bytes[at + 1] === 0xff || bytes[at + 1] === 0) {
      at++;
      continue;
    }
    const marker = bytes[at + 1],
      length = view.getUint16(at + 2),
      segment = bytes.subarray(at + 4, at + 2 + length);
    if (marker === SCAN) break;
    if (marker === TABLES) readTables(segment, tables);
    if (isFrame(marker)) frame ??= segment;
    at += 2 + Math.max(length, 2);
  }
  const bands = frame?.[5];
  return { grey: bands === 1, table: bands === 1 || bands === 3 ? tables[frame[8]] : undefined };
}

function readTables(segment, tables) {
  for (let at = 0; at < segment.length; ) {
    const wide = segment[at] >> 4 ? 2 : 1,
      rows = new Array(64);
    if (at + 1 + 64 * wide > segment.length) break;
    ZIGZAG.forEach((place, n) => {
      const from = at + 1 + n * wide;
      rows[place] = wide === 2 ? 256 * segment[from] + segment[from + 1] : segment[from];
    });
    tables[segment[at] & 15] = rows;
    at += 1 + 64 * wide;
  }
}

/** The quantiser of the first frame among the chunks of a WebP file, if that is lossy. */
function webpQuantiser(bytes, at, end) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  while (at + 8 <= end) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4)),
      size = view.getUint32(at + 4, true);
    if (name === "VP8L") return undefined;
    if (name === "VP8 ") return vp8Quantiser(bytes.subarray(at + 8, at + 8 + Math.min(size, 128)));
    if (name === "ANMF") return webpQuantiser(bytes, at + 24, Math.min(at + 8 + size, end));
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/** The index of the coarsest quantiser of a frame; RFC 6386, 9.2 to 9.6, and srcnn.files.vp8. */
function vp8Quantiser(frame) {
  if (frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return undefined;
  const bits = new EvenBits(frame.subarray(10));
  let [indices, absolute] = [[0], false];
  bits.number(2); // colours, clamping
  if (bits.number(1)) {
    const [maps, says] = [bits.number(1), bits.number(1)];
    if (says) {
      absolute = bits.number(1) === 1;
      indices = [0, 1, 2, 3].map(() => bits.optional(7));
      for (let n = 0; n < 4; n++) bits.optional(6); // filter
    }
    for (let n = 0; maps && n < 3; n++) if (bits.number(1)) bits.number(8);
  }
  bits.number(1 + 6 + 3); // filter
  if (bits.number(1) && bits.number(1)) for (let n = 0; n < 8; n++) bits.optional(6);
  bits.number(2); // partitions
  const base = bits.number(7),
    coarsest = Math.max(...indices) + (absolute ? 0 : base);
  return bits.isOver ? undefined : Math.min(Math.max(coarsest, 0), 127);
}

/** The Boolean decoder of VP8, for flags that are as often set as not. */
class EvenBits {
  constructor(bytes) {
    Object.assign(this, { bytes, at: 2, value: (bytes[0] << 8) | bytes[1], range: 255, shifted: 0, isOver: false });
  }

  bit() {
    const split = 1 + (((this.range - 1) * 128) >> 8),
      large = split << 8,
      set = this.value >= large;
    this.range = set ? this.range - split : split;
    if (set) this.value -= large;
    for (; this.range < 128; this.range *= 2) {
      this.value *= 2;
      if (++this.shifted < 8) continue;
      this.shifted = 0;
      this.isOver ||= this.at >= this.bytes.length;
      this.value |= this.bytes[this.at++] ?? 0;
    }
    return set ? 1 : 0;
  }

  number(bits) {
    let found = 0;
    for (let n = 0; n < bits; n++) found = 2 * found + this.bit();
    return found;
  }

  /** A number with its sign, if it is there. */
  optional(bits) {
    if (!this.bit()) return 0;
    const found = this.number(bits);
    return this.bit() ? -found : found;
  }
}
