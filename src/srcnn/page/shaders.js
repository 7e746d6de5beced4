// The text of the shaders: a layer's, and those of the end, where a result is made to agree with its image and bounded.

import { REACH } from "./chain.js";

export const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;
const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
`;
const LARGEST_BLOCK = 16384; // bytes of uniforms that every WebGL2 has room for
export const TARGETS = 4; // textures that every WebGL2 can draw into at once

const outputs = (count) =>
  Array.from({ length: count }, (_, n) => `layout(location = ${n}) out vec4 out${n};`).join("\n");
const samplers = (name, count) =>
  Array.from({ length: count }, (_, n) => `uniform sampler2D ${name}${n};`).join("\n");

/** A layer in parts, each as many quads of outputs as a block of uniforms and the textures of one draw have room for. */
export function partsOf({ inputs, outputs: count, side, weights, bias, slope, adds }) {
  const size = inputs * side * side,
    most = Math.min(TARGETS, Math.floor(LARGEST_BLOCK / 16 / (size + 1)));
  if (!most) throw new Error("a layer has too many weights for the shaders");
  const parts = [];
  for (let first = 0; first < count; first += 4 * most) {
    const outputs = Math.min(4 * most, count - first);
    const own = weights.subarray(first * size, (first + outputs) * size);
    parts.push({
      first: first / 4,
      quads: outputs / 4,
      shader: layerShader(inputs, outputs, side, slope, adds !== null),
      numbers: numbersOf(inputs, outputs, side, own, bias.subarray(first, first + outputs)),
    });
  }
  return parts;
}

/** The numbers of a part in the order in which its shader reads them. */
function numbersOf(inputs, count, side, weights, bias) {
  const numbers = [];
  for (let tap = 0; tap < side * side; tap++) {
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < count; output++)
        numbers.push(weights[(output * inputs + input) * side * side + tap]);
    }
  }
  return Float32Array.from([...numbers, ...bias]);
}

function layerShader(inputs, count, side, slope, adds) {
  const quads = count / 4,
    reach = side >> 1,
    biases = side * side * inputs * quads;
  const lines = [];
  for (let n = 0; n < quads; n++) lines.push(`vec4 s${n} = w[${biases + n}];`);
  let at = 0;
  for (let tap = 0; tap < side * side; tap++) {
    const place = `p + ivec2(${(tap % side) - reach}, ${Math.floor(tap / side) - reach})`;
    for (let input = 0; input < inputs; input++) {
      if (input % 4 === 0) lines.push(`v = texelFetch(in${input >> 2}, ${place}, 0);`);
      for (let n = 0; n < quads; n++) lines.push(`s${n} += w[${at++}] * v.${"xyzw"[input % 4]};`);
    }
  }
  for (let n = 0; n < quads; n++) {
    const value = slope === 1 ? `s${n}` : `max(s${n}, s${n} * SLOPE)`;
    lines.push(`out${n} = ${value}${adds ? ` + texelFetch(added${n}, p, 0)` : ""};`);
  }
  return `${HEAD}#define SLOPE ${slope.toFixed(9)}
layout(std140) uniform Weights { vec4 w[${biases + quads}]; };
${samplers("in", Math.ceil(inputs / 4))}
${samplers("added", adds ? quads : 0)}
${outputs(quads)}
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  vec4 v;
  ${lines.join("\n  ")}
}`;
}

const number = (value) => {
  const text = String(value);
  return /[.e]/.test(text) ? text : text + ".0";
};
const quad = (values) => `vec4(${[0, 1, 2, 3].map((n) => number(values[n] ?? 0)).join(", ")})`;

/** What the network adds, downscaled, beside what repeated pixels lack: red and green. */
export function downscalingShader({ scale, agreement: { line, remainder } }) {
  const quads = Math.ceil((scale * scale) / 4),
    lines = [];
  for (let dy = 0; dy < line.length; dy++) {
    for (let dx = 0; dx < line.length; dx++) {
      const place = `p + ivec2(${dx - REACH}, ${dy - REACH})`;
      lines.push(`lack += ${number(remainder[dy][dx])} * texelFetch(image, ${place}, 0).x;`);
      const weights = line[dy].flatMap((row) => line[dx].map((column) => row * column));
      for (let n = 0; n < quads; n++) {
        const four = weights.slice(4 * n, 4 * n + 4);
        if (four.some((weight) => weight)) lines.push(`added += dot(${quad(four)}, texelFetch(in${n}, ${place}, 0));`);
      }
    }
  }
  return `${HEAD}uniform sampler2D image;
${samplers("in", quads)}
${outputs(1)}
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  float added = 0.0, lack = 0.0;
  ${lines.join("\n  ")}
  out0 = vec4(added, lack, 0.0, 0.0);
}`;
}

const TRUST = ({ share, slack }) => `vec2 here = texelFetch(downscaled, p, 0).xy;
  float left = 0.0, allowed = 0.0;
  for (int dy = -1; dy <= 1; dy++) {
    for (int dx = -1; dx <= 1; dx++) {
      vec2 near = texelFetch(downscaled, p + ivec2(dx, dy), 0).xy;
      left = max(left, abs(near.y - near.x));
      allowed = max(allowed, abs(near.y));
    }
  }
  float trust = clamp(2.0 - left / (allowed * ${number(share)} + ${number(slack)}), 0.0, 1.0);
  vec4 corrected = texelFetch(image, p, 0) + (here.y - trust * here.x);`;
const NO_TRUST = `const float trust = 1.0;
  vec4 corrected = texelFetch(image, p, 0);`;

/** The result, some quads of it from `first` on: trusted, corrected, bounded. */
export function endShader({ scale, planes, halo, own, agreement, block, beyond }, first, quads) {
  const results = [];
  for (let n = 0; n < quads; n++) {
    const channels = [0, 1, 2, 3].map((k) => Math.min(4 * (first + n) + k, own.length - 1));
    const bands = channels.map((channel) => "xyz"[Math.floor(channel / scale ** 2)]).join("");
    const sum = `texelFetch(in${n}, p, 0) * trust + ${quad(channels.map((channel) => own[channel]))} * corrected.${bands}`;
    results.push(`out${n} = min(max(${sum}, least.${bands}), most.${bands});`);
  }
  return `${HEAD}uniform sampler2D image${agreement ? ", downscaled" : ""};
${samplers("in", quads)}
${outputs(quads)}
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  ${agreement ? TRUST(agreement) : NO_TRUST}
  ivec2 corner = (p - ${halo}) / ${block} * ${block} + ${halo};
  vec4 low = texelFetch(image, p, 0), high = low;
  for (int dy = -1; dy <= ${block}; dy++) {
    for (int dx = -1; dx <= ${block}; dx++) {
      vec4 value = texelFetch(image, corner + ivec2(dx, dy), 0);
      low = min(low, value);
      high = max(high, value);
    }
  }
  vec4 least = max(2.0 * low - high, vec4(${number(-beyond)})), most = min(2.0 * high - low, vec4(${number(1 + beyond)}));
  ${results.join("\n  ")}
}`;
}
