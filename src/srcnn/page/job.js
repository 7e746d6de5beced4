// The work on one image, off the page's thread: pixels, tiles through a network, colours, a PNG file.

import { fillTransparent } from "./alpha.js";
import { bytesOf, runChain, unpackChain } from "./chain.js";
import { blueReader, joinColours, lumaReader, redReader } from "./colour.js";
import { readPixels } from "./pixels.js";
import { PngWriter } from "./png.js";
import { enlargeRows } from "./resize.js";
import { Kernel } from "./wasm.js";
import { ShaderNetwork, isSound } from "./webgl.js";

const TILE = { webgl: 512, wasm: 192, js: 192 }; // pixels per side of a tile, even: blocks of two pixels have one range
const ROWS = 16; // rows of the small image whose colours are joined at once
const LARGEST = 2 ** 28; // pixels of a result

/** The places of an axis around a tile, mirrored beyond the image's ends as often as needed. */
function mirrored(from, count, size) {
  return Int32Array.from({ length: count }, (_, n) => {
    const at = (((from + n) % (2 * size)) + 2 * size) % (2 * size);
    return at < size ? at : 2 * size - 1 - at;
  });
}

function cutLuma(image, readRow, left, top, width, height) {
  const columns = mirrored(left, width, image.width),
    rows = mirrored(top, height, image.height);
  const first = columns.reduce((a, b) => Math.min(a, b)),
    last = columns.reduce((a, b) => Math.max(a, b));
  const row = new Float32Array(last - first + 1),
    out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    readRow(rows[y], row, first);
    for (let x = 0; x < width; x++) out[y * width + x] = row[columns[x] - first];
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
    const network = new ShaderNetwork(chain, TILE.webgl + 2 * chain.halo, engine === "webgl");
    if (await isSound(network)) return network;
    network.close();
    throw new Error("the graphics card computes too coarsely");
  } catch (error) {
    if (engine === "webgl") throw error;
    return null;
  }
}

/** The fastest that this browser has of shaders, WebAssembly and JavaScript, or the one that is asked for. */
async function openNetwork({ stored, kernel, engine, script }) {
  const chain = unpackChain(stored),
    shaders = await openShaders(chain, engine);
  if (shaders) return { network: shaders, chain, engine: "webgl" };
  const found = openKernel(chain, kernel, engine) ? "wasm" : "js";
  return { network: new WorkerNetwork({ stored, kernel, engine: found }, script), chain, engine: found };
}

/** Put the channels of a tile at their places in rows of luma. */
function shuffle(quads, luma, wide, left, w, h, scale) {
  for (let channel = 0; channel < scale * scale; channel++) {
    const values = quads[channel >> 2],
      row = Math.floor(channel / scale),
      column = channel % scale;
    for (let y = 0; y < h; y++) {
      let to = (y * scale + row) * wide + left * scale + column;
      for (let from = 4 * y * w + (channel & 3), end = from + 4 * w; from < end; from += 4, to += scale)
        luma[to] = values[from];
    }
  }
}

async function upscale(job) {
  const began = performance.now();
  const { rgba, width, height } = await readPixels(job.blob);
  const { scale } = job.stored,
    wide = width * scale;
  if (wide * height * scale > LARGEST) throw new Error("too large");
  const image = { width, height, ...fillTransparent(rgba, width, height) };
  const decoded = performance.now();
  const { network, chain, engine } = await openNetwork(job);
  const { halo } = chain,
    tile = TILE[engine],
    readLuma = lumaReader(image);
  const across = Math.ceil(width / tile),
    down = Math.ceil(height / tile);
  let done = 0;
  postMessage({ progress: 0, width, height, engine });
  const png = new PngWriter(wide, height * scale, image.opaque ? 3 : 4);
  const luma = new Float32Array(Math.min(tile, height) * scale * wide);
  for (let top = 0; top < height; top += tile) {
    const h = Math.min(tile, height - top);
    await Promise.all(
      Array.from({ length: across }, async (_, n) => {
        const left = n * tile,
          w = Math.min(tile, width - left);
        const input = cutLuma(image, readLuma, left - halo, top - halo, w + 2 * halo, h + 2 * halo);
        shuffle(await network.run(input, w + 2 * halo, h + 2 * halo), luma, wide, left, w, h, scale);
        postMessage({ progress: ++done / (across * down) });
      }),
    );
    await writeRows(png, image, rgba, luma, top, h, scale);
  }
  const result = await png.finish();
  network.close();
  const seconds = (performance.now() - began) / 1000;
  postMessage({ result, width: wide, height: height * scale, engine, seconds, decoding: (decoded - began) / 1000 });
}

async function writeRows(png, image, rgba, luma, top, count, scale) {
  const { width, height, opaque } = image;
  const readAlpha = (y, into) => {
    for (let x = 0; x < width; x++) into[x] = rgba[4 * (y * width + x) + 3] / 255;
  };
  for (let y = top; y < top + count; y += ROWS) {
    const end = Math.min(y + ROWS, top + count);
    const enlarged = (read) => enlargeRows(read, width, height, y, end, scale);
    const alpha = opaque ? null : enlarged(readAlpha);
    const at = (y - top) * scale * width * scale;
    await png.write(
      joinColours(luma, at, enlarged(blueReader(image)), enlarged(redReader(image)), alpha, opaque ? 3 : 4),
    );
  }
}

let own = null;
self.onmessage = async ({ data }) => {
  if (data.setup) {
    const chain = unpackChain(data.setup.stored);
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
