// A zip file of files that are compressed already: stored, with their names in UTF-8.

const LARGEST = 0xffffffff;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function record(signature, ...fields) {
  const bytes = new DataView(new ArrayBuffer(4 + fields.reduce((sum, [size]) => sum + size, 0)));
  bytes.setUint32(0, signature, true);
  let at = 4;
  for (const [size, value] of fields) {
    if (size === 2) bytes.setUint16(at, value, true);
    else bytes.setUint32(at, value, true);
    at += size;
  }
  return bytes.buffer;
}

function moment(date) {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return [[2, time], [2, day]];
}

/** A name that no other one has, for disks too that take A.png and a.png, or two spellings of é, for one file. */
function unique(name, taken) {
  const dot = name.lastIndexOf(".");
  const key = (text) => text.normalize().toLowerCase();
  let found = name;
  for (let n = 2; taken.has(key(found)); n++) found = `${name.slice(0, dot)} (${n})${name.slice(dot)}`;
  taken.add(key(found));
  return found;
}

/** Pack [{name, blob}]; the bytes of one file at a time are in memory. */
export async function zip(files) {
  const parts = [];
  const directory = [];
  const taken = new Set();
  const now = moment(new Date());
  let offset = 0;
  for (const { name, blob } of files) {
    const written = new TextEncoder().encode(unique(name, taken));
    const crc = crc32(new Uint8Array(await blob.arrayBuffer()));
    const common = [[2, 20], [2, 0x800], [2, 0], ...now, [4, crc], [4, blob.size], [4, blob.size], [2, written.length], [2, 0]];
    const head = record(0x04034b50, ...common);
    parts.push(head, written, blob);
    directory.push(record(0x02014b50, [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), written);
    offset += head.byteLength + written.length + blob.size;
    if (offset > LARGEST) throw new RangeError("too large for a zip file");
  }
  const size = directory.reduce((sum, part) => sum + part.byteLength, 0);
  const count = files.length;
  const end = record(0x06054b50, [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
