// The layers in WebAssembly, four numbers at once: convolve.wat is the kernel.

const PAGE = 65536;
const BEYOND = 16; // numbers that the kernel may read or write past the end of a plane

/** Weights as the kernel reads them: of every tap, those of four outputs together. */
function inQuads({ inputs, outputs, side, weights }) {
  const size = inputs * side * side,
    out = new Float32Array(weights.length);
  for (let i = 0; i < out.length; i++) {
    const quad = Math.floor(i / (4 * size)),
      tap = Math.floor(i / 4) % size;
    out[i] = weights[(4 * quad + (i & 3)) * size + tap];
  }
  return out;
}

export class Kernel {
  constructor(chain, bytes) {
    this.chain = chain;
    this.memory = new WebAssembly.Memory({ initial: 1 });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { srcnn: { memory: this.memory } });
    this.convolve = instance.exports.convolve;
    const numbers = chain.layers.flatMap((layer) => [...inQuads(layer), ...layer.bias]);
    this.numbers = Float32Array.from(numbers);
    this.most = Math.max(...chain.layers.map((layer) => layer.outputs));
  }

  /** What the last layer makes, as planes of the image's size. */
  run(image, width, height) {
    const { chain, numbers, memory } = this,
      size = this.most * width * height + BEYOND;
    const first = numbers.length + image.length + BEYOND; // of the buffers
    const missing = 4 * (first + size * (Math.max(...chain.buffers) + 1)) - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    const values = new Float32Array(memory.buffer);
    values.set(numbers);
    values.set(image, numbers.length);
    const places = chain.buffers.map((buffer) => first + buffer * size);
    let source = numbers.length,
      at = 0,
      inset = 0;
    chain.layers.forEach(({ inputs, outputs, side, weights, slope, adds }, n) => {
      const target = places[n],
        shift = adds === null ? 0 : places[adds] - target;
      inset += side >> 1;
      const [w, b] = [at, at + weights.length];
      this.convolve(
        ...[4 * source, 4 * target, 4 * w, 4 * b, inputs, outputs, side, width, height, inset, slope, 4 * shift],
      );
      at = b + outputs;
      source = target;
    });
    return values.subarray(source, source + size);
  }
}
