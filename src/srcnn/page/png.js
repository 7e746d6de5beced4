// A PNG file, written strip by strip: a canvas as large as the result would be refused, or cost four bytes a pixel.

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function chunk(name, data) {
  const bytes = new Uint8Array(data.length + 12),
    view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let n = 0; n < 4; n++) bytes[4 + n] = name.charCodeAt(n);
  bytes.set(data, 8);
  let crc = -1;
  for (let n = 4; n < bytes.length - 4; n++) crc = CRC[(crc ^ bytes[n]) & 255] ^ (crc >>> 8);
  view.setUint32(bytes.length - 4, ~crc);
  return bytes;
}

export class PngWriter {
  constructor(width, height, bands) {
    this.bands = bands;
    this.above = new Uint8Array(width * bands);
    const header = new Uint8Array(13),
      view = new DataView(header.buffer);
    view.setUint32(0, width);
    view.setUint32(4, height);
    header.set([8, bands === 4 ? 6 : 2, 0, 0, 0], 8);
    this.parts = [
      Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
      chunk("IHDR", header),
      chunk("sRGB", Uint8Array.of(0)),
    ];
    const deflate = new CompressionStream("deflate");
    this.writer = deflate.writable.getWriter();
    this.read = this.collect(deflate.readable.getReader());
  }

  async collect(reader) {
    for (let next = await reader.read(); !next.done; next = await reader.read())
      this.parts.push(chunk("IDAT", next.value));
  }

  /** Whole rows, one after the other. */
  async write(rows) {
    const size = this.above.length,
      count = rows.length / size;
    const out = new Uint8Array(rows.length + count);
    for (let y = 0; y < count; y++) {
      const row = rows.subarray(y * size, (y + 1) * size);
      this.filter(row, out.subarray(y * (size + 1), (y + 1) * (size + 1)));
      this.above = row;
    }
    await this.writer.write(out);
  }

  /** Paeth for every row: choosing one for each takes longer, and gains nothing on images that are smooth. */
  filter(row, out) {
    const { above, bands } = this;
    out[0] = 4;
    for (let x = 0; x < bands; x++) out[x + 1] = row[x] - above[x];
    for (let x = bands; x < row.length; x++) {
      const left = row[x - bands],
        up = above[x],
        corner = above[x - bands];
      const a = up - corner,
        b = left - corner,
        c = a + b;
      const p = a < 0 ? -a : a,
        q = b < 0 ? -b : b,
        r = c < 0 ? -c : c;
      out[x + 1] = row[x] - (p <= q && p <= r ? left : q <= r ? up : corner);
    }
  }

  async finish() {
    await this.writer.close();
    await this.read;
    return new Blob([...this.parts, chunk("IEND", new Uint8Array(0))], { type: "image/png" });
  }
}
