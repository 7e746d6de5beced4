// The work on one image, off the page's thread: pixels, tiles through a network, colours, a PNG file.

import { fillTransparent } from "./alpha.js";
import { runChain } from "./chain.js";
import { bandReaders, blueReader, joinBands, joinColours, lumaReader, redReader } from "./colour.js";
import { readHeader } from "./header.js";
import { readPixels } from "./pixels.js";
import { PngWriter } from "./png.js";
import { enlargeRows } from "./resize.js";
import { bytesOf, unpackChain } from "./unpack.js";
import { Kernel } from "./wasm.js";
import { findWear, isWorn, wearPlanes } from "./wear.js";
import { ShaderNetwork, isSound } from "./webgl.js";

const TILE = { webgl: 512, wasm: 256, js: 256 }; // pixels per side of a tile, at most
const ROWS = 16; // rows of the small image whose colours are joined at once
const LARGEST = 2 ** 28; // pixels of a result
const WIDE = 16; // channels of a layer from which on a tile of shaders is half as large, for its textures

/** The places of an axis around a tile, mirrored beyond the image's ends as often as needed. */
function mirrored(from, count, size) {
  return Int32Array.from({ length: count }, (_, n) => {
    const at = (((from + n) % (2 * size)) + 2 * size) % (2 * size);
    return at < size ? at : 2 * size - 1 - at;
  });
}

/** The planes of a part of the image, one after the other. */
function cutPlanes(image, readers, left, top, width, height) {
  const columns = mirrored(left, width, image.width),
    rows = mirrored(top, height, image.height);
  const first = columns.reduce((a, b) => Math.min(a, b)),
    last = columns.reduce((a, b) => Math.max(a, b));
  const row = new Float32Array(last - first + 1),
    out = new Float32Array(readers.length * width * height);
  let to = 0;
  for (const read of readers) {
    for (let y = 0; y < height; y++) {
      read(rows[y], row, first);
      for (let x = 0; x < width; x++) out[to++] = row[columns[x] - first];
    }
  }
  return out;
}

/** The processor, on as many threads as it has; each runs this very script. */
class WorkerNetwork {
  constructor(setup, script) {
    const count = Math.min(navigator.hardwareConcurrency || 1, 16);
    const code = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    this.waiting = [];
    this.workers = Array.from({ length: count }, () => new Worker(code));
    for (const worker of this.workers) worker.postMessage({ setup });
    this.free = [...this.workers];
  }

  async run(image, width, height) {
    const worker = this.free.pop() ?? (await new Promise((resolve) => this.waiting.push(resolve)));
    return new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = (event) => {
        const next = this.waiting.shift();
        if (next) next(worker);
        else this.free.push(worker);
        resolve(event.data);
      };
      worker.postMessage({ image, width, height }, [image.buffer]);
    });
  }

  close() {
    for (const worker of this.workers) worker.terminate();
  }
}

/** WebAssembly where the browser has its vectors, else nothing. */
function openKernel(chain, kernel, engine) {
  if (engine === "js" || typeof WebAssembly === "undefined") return null;
  try {
    return new Kernel(chain, bytesOf(kernel));
  } catch (error) {
    if (engine === "wasm") throw error;
    return null;
  }
}

/** A network on the graphics card, if it can be trusted; else nothing. */
async function openShaders(chain, engine) {
  if (engine && engine !== "webgl") return null;
  try {
    const network = new ShaderNetwork(chain, tileOf("webgl", chain) + 2 * chain.halo, engine === "webgl");
    if (await isSound(network)) return network;
    network.close();
    throw new Error("the graphics card computes too coarsely");
  } catch (error) {
    if (engine === "webgl") throw error;
    return null;
  }
}

function tileOf(engine, { layers }) {
  return layers.some(({ outputs }) => outputs > WIDE) ? Math.min(TILE[engine], TILE.webgl / 2) : TILE[engine];
}

/** Pixels of a tile along an axis: few tiles of one size, and that even, for blocks of two pixels have one range. */
const tileSide = (size, most) => 2 * Math.ceil(size / Math.ceil(size / most) / 2);

/** The fastest that this browser has of shaders, WebAssembly and JavaScript, or the one that is asked for. */
async function openNetwork(stored, told, { kernel, engine, script }) {
  const chain = unpackChain(stored, told),
    shaders = await openShaders(chain, engine);
  if (shaders) return { network: shaders, chain, engine: "webgl" };
  const found = openKernel(chain, kernel, engine) ? "wasm" : "js";
  return { network: new WorkerNetwork({ stored, told, kernel, engine: found }, script), chain, engine: found };
}

/** Put the channels of a tile at their places in rows of the planes of a result, which are `size` numbers each. */
function shuffle(quads, made, size, wide, left, w, h, { scale, planes }) {
  for (let channel = 0; channel < planes * scale * scale; channel++) {
    const values = quads[channel >> 2],
      place = channel % (scale * scale);
    const start = Math.floor(channel / (scale * scale)) * size + left * scale + (place % scale);
    for (let y = 0; y < h; y++) {
      let to = (y * scale + Math.floor(place / scale)) * wide + start;
      for (let from = 4 * y * w + (channel & 3), end = from + 4 * w; from < end; from += 4, to += scale)
        made[to] = values[from];
    }
  }
}

/** The network that fits the image, and what it is told: of two, the one for worn images where it is worn. */
function choose({ clean, worn }, pixels, header) {
  const wear = worn ? findWear(pixels, header) : null;
  return worn && (!clean || isWorn(wear, worn.stored.scale)) ? { chosen: worn, wear } : { chosen: clean, wear: null };
}

async function upscale(job) {
  const began = performance.now();
  const { rgba, width, height } = await readPixels(job.blob),
    header = readHeader(new Uint8Array(await job.blob.arrayBuffer()));
  const { chosen, wear } = choose(job, { rgba, width, height }, header),
    { scale } = chosen.stored,
    wide = width * scale;
  if (wide * height * scale > LARGEST) throw new Error("too large");
  const image = { width, height, rgba, grey: header.grey, ...fillTransparent(rgba, width, height) };
  const decoded = performance.now();
  const { network, chain, engine } = await openNetwork(chosen.stored, wear ? wearPlanes(wear) : [0, 0], job);
  const png = new PngWriter(wide, height * scale, image.opaque ? 3 : 4);
  postMessage({ progress: 0, width, height, engine });
  await workThrough(image, network, chain, tileOf(engine, chain), png);
  const result = await png.finish();
  network.close();
  const seconds = (performance.now() - began) / 1000,
    told = { model: chosen.name, wear, engine, seconds, decoding: (decoded - began) / 1000 };
  postMessage({ result, width: wide, height: height * scale, ...told });
}

/** All tiles of the image through the network, and into the file row of tiles by row. */
async function workThrough(image, network, chain, most, png) {
  const { width, height } = image,
    { halo, scale, planes } = chain,
    wide = width * scale,
    [across, down] = [tileSide(width, most), tileSide(height, most)];
  const readers = planes === 1 ? [lumaReader(image)] : bandReaders(image),
    count = Math.ceil(width / across),
    all = count * Math.ceil(height / down);
  const size = Math.min(down, height) * scale * wide;
  let done = 0;
  const rowOfTiles = async (top) => {
    const made = new Float32Array(planes * size),
      h = Math.min(down, height - top);
    await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const left = n * across,
          w = Math.min(across, width - left);
        const input = cutPlanes(image, readers, left - halo, top - halo, w + 2 * halo, h + 2 * halo);
        shuffle(await network.run(input, w + 2 * halo, h + 2 * halo), made, size, wide, left, w, h, chain);
        postMessage({ progress: ++done / all });
      }),
    );
    return made;
  };
  // The next tiles are computed by other threads while this one writes rows.
  for (let top = 0, next = rowOfTiles(0); top < height; top += down) {
    const made = await next;
    next = top + down < height ? rowOfTiles(top + down) : null;
    await writeRows(png, image, made, size, top, Math.min(down, height - top), chain);
  }
}

async function writeRows(png, image, made, size, top, count, { scale, planes }) {
  const { width, height, opaque, rgba, grey } = image,
    bands = opaque ? 3 : 4;
  const readAlpha = (y, into) => {
    for (let x = 0; x < width; x++) into[x] = rgba[4 * (y * width + x) + 3] / 255;
  };
  for (let y = top; y < top + count; y += ROWS) {
    const end = Math.min(y + ROWS, top + count);
    const enlarged = (read) => enlargeRows(read, width, height, y, end, scale);
    const alpha = opaque ? null : enlarged(readAlpha);
    const at = (y - top) * scale * width * scale,
      pixels = (end - y) * scale * width * scale;
    await png.write(
      planes === 1
        ? joinColours(made, at, enlarged(blueReader(image)), enlarged(redReader(image)), alpha, bands)
        : joinBands(made, at, size, pixels, alpha, bands, grey),
    );
  }
}

let own = null;
self.onmessage = async ({ data }) => {
  if (data.setup) {
    const chain = unpackChain(data.setup.stored, data.setup.told);
    own = { chain, kernel: openKernel(chain, data.setup.kernel, data.setup.engine) };
  } else if (data.image) {
    const quads = runChain(own.chain, data.image, data.width, data.height, own.kernel);
    postMessage(
      quads,
      quads.map((values) => values.buffer),
    );
  } else {
    try {
      await upscale(data);
    } catch (error) {
      postMessage({ error: error.message, kind: error.name });
    }
  }
};
