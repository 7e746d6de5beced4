// What benchmarks/page.py times in the browser: the page's own engines, and onnxruntime-web, on the same numbers.

import { runChain } from "./chain.js";
import { bytesOf, unpackChain } from "./unpack.js";
import { Kernel } from "./wasm.js";
import { ShaderNetwork } from "./webgl.js";

const TILE = 256; // of the page, on the processor

/** A function that computes the network once; all of them are given what srcnn.page stores, or an ONNX file. */
const OPEN = {
  async wasm({ stored, kernel }) {
    const chain = unpackChain(stored);
    return byTiles(chain, TILE, runner(chain, new Kernel(chain, bytesOf(kernel))));
  },
  async js({ stored }) {
    const chain = unpackChain(stored);
    return byTiles(chain, TILE, runner(chain, null));
  },
  async webgl({ stored, size }) {
    const chain = unpackChain(stored),
      tile = Math.min(size, 256),
      network = new ShaderNetwork(chain, tile + 2 * chain.halo, true);
    return byTiles(chain, tile, (...image) => network.run(...image));
  },
  async ort({ threads, planes, halo }) {
    ort.env.wasm.numThreads = threads;
    const session = await ort.InferenceSession.create("model.onnx", { executionProviders: ["wasm"] });
    return async (x, size) => {
      const side = size + 2 * halo;
      const made = await session.run({ x: new ort.Tensor("float32", x, [1, planes, side, side]) });
      return (channel, y, column, scale) => {
        const wide = size * scale,
          place = channel % scale ** 2;
        const row = y * scale + Math.floor(place / scale);
        return made.y.data[(Math.floor(channel / scale ** 2) * wide + row) * wide + column * scale + (place % scale)];
      };
    };
  },
};

const runner = (chain, kernel) => async (image, width, height) => runChain(chain, image, width, height, kernel);

/** Tile by tile, as the page does; `halo` is that of the ONNX file, which may be wider than the page's own. */
function byTiles(chain, tile, run) {
  return async (x, size, halo) => {
    const made = [],
      side = size + 2 * halo;
    for (let top = 0; top < size; top += tile) {
      for (let left = 0; left < size; left += tile) {
        const [w, h] = [left, top].map((start) => Math.min(tile, size - start) + 2 * chain.halo);
        const image = new Float32Array(chain.planes * w * h),
          shift = halo - chain.halo;
        for (let band = 0; band < chain.planes; band++) {
          for (let row = 0; row < h; row++) {
            const from = (band * side + top + row + shift) * side + left + shift;
            image.set(x.subarray(from, from + w), (band * h + row) * w);
          }
        }
        made.push(await run(image, w, h));
      }
    }
    const width = Math.min(tile, size); // of the first tile, which is compared
    return (channel, y, column) => made[0][channel >> 2][4 * (y * width + column) + (channel & 3)];
  };
}

/** Numbers between 0 and 1 that look like an image with some noise. */
function imageOf(planes, side) {
  return Float32Array.from({ length: planes * side * side }, (_, i) => {
    const noise = ((i * 7919) % 251) / 2510;
    return 0.4 + 0.2 * Math.sin(i / 17) + 0.2 * Math.sin(i / side / 9) + noise;
  });
}

/** Seconds of opening and of every run of each engine, in turns, and how far each is from the last engine. */
export async function measured({ engines, times, size, halo, planes, ...job }) {
  const x = imageOf(planes, size + 2 * halo),
    found = {},
    runs = {};
  const seconds = async (work) => {
    const began = performance.now(),
      made = await work();
    return [(performance.now() - began) / 1000, made];
  };
  for (const engine of engines) {
    const [open, run] = await seconds(() => OPEN[engine]({ ...job, size, halo, planes }));
    runs[engine] = run;
    found[engine] = { open, runs: [], difference: 0 };
  }
  for (let turn = 0; turn < times; turn++) {
    const read = {};
    for (const engine of engines) {
      const [took, at] = await seconds(() => runs[engine](x, size, halo));
      found[engine].runs.push(took);
      read[engine] = at;
    }
    const last = read[engines.at(-1)],
      { scale } = job.stored;
    for (const engine of turn ? [] : engines) {
      for (let i = 0; i < 40 * 40 * planes * scale ** 2; i++) {
        const place = [i % (planes * scale ** 2), Math.floor(i / 7) % 40, Math.floor(i / 11) % 40, scale];
        found[engine].difference = Math.max(found[engine].difference, Math.abs(read[engine](...place) - last(...place)));
      }
    }
  }
  return found;
}
