// A network out of the page's text: see srcnn.page.packing for how its numbers are stored.

const TOLD_BITS = 20;

export const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** Reads numbers from bytes, one after the other. */
class Numbers {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  floats(count) {
    const bytes = this.bytes.slice(this.at, (this.at += 4 * count));
    return new Float32Array(bytes.buffer);
  }

  /** Rows of whole numbers of some bits, each row with its factor. */
  rows(count, length, bits) {
    const factors = this.floats(count),
      out = new Float32Array(count * length);
    const spare = 32 - bits;
    let held = 0,
      has = 0; // bits that are read and not used yet
    for (let i = 0; i < out.length; i++) {
      // Numbers of 2 ** 32 and more are needed for a moment, so that it is no work for shifts.
      while (has < bits) {
        held += this.bytes[this.at++] * 2 ** has;
        has += 8;
      }
      const number = held % 2 ** bits;
      held = Math.floor(held / 2 ** bits);
      has -= bits;
      out[i] = factors[Math.floor(i / length)] * ((number << spare) >> spare);
    }
    return out;
  }
}

/** What the wear, two numbers, becomes before it is added to biases. */
function heard({ weights, bias }, wear, slope) {
  return weights.map((row, n) => {
    const sum = row.reduce((total, weight, i) => total + weight * wear[i], bias[n]);
    return sum < 0 ? sum * slope : sum;
  });
}

/**
 * A network as srcnn.page stores it, with its numbers as arrays; outputs are filled up to whole quads with zeros.
 *
 * `wear` are the two numbers that tell a network how worn its image is.
 */
export function unpackChain(stored, wear = [0, 0]) {
  const numbers = new Numbers(bytesOf(stored.numbers));
  const told = stored.told && heard(stored.told, wear, stored.slope);
  const layers = stored.layers.map(({ shape: [outputs, inputs, side], active, adds = null, told: size = 0 }) => {
    const filled = Math.ceil(outputs / 4) * 4,
      length = inputs * side * side;
    const weights = new Float32Array(filled * length),
      bias = new Float32Array(filled);
    weights.set(numbers.rows(outputs, length, stored.bits));
    bias.set(numbers.floats(outputs));
    const more = numbers.rows(size && outputs, size, TOLD_BITS);
    for (let i = 0; i < more.length; i++) bias[Math.floor(i / size)] += more[i] * told[i % size];
    return { outputs: filled, inputs, side, weights, bias, adds, slope: active ? stored.slope : 1 };
  });
  return { ...stored, layers, buffers: buffersOf(layers) };
}

/** A number of a buffer for what each layer makes, so that nothing is overwritten before its last reader. */
function buffersOf(layers) {
  const until = []; // of each buffer: the last layer that reads it
  return layers.map((_, n) => {
    const free = until.findIndex((last) => last < n),
      buffer = free < 0 ? until.length : free;
    until[buffer] = Math.max(n + 1, ...layers.map(({ adds }, reader) => (adds === n ? reader : 0)));
    return buffer;
  });
}
