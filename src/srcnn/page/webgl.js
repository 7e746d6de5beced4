// The same network in WebGL2 shaders: sixteen channels are four float textures, a layer is one draw.
// All textures of a tile have the same coordinates; every layer leaves a wider margin undone, which nobody reads.

import { REACH, runChain } from "./chain.js";

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }`;
const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
`;
const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i; // names of renderers without a graphics card
const LARGEST_BLOCK = 16384; // bytes of uniforms that every WebGL2 has room for

const outputs = (count) =>
  Array.from({ length: count }, (_, n) => `layout(location = ${n}) out vec4 out${n};`).join("\n");
const samplers = (count) => Array.from({ length: count }, (_, n) => `uniform sampler2D in${n};`).join("\n");

/** The numbers of a layer in the order in which its shader reads them. */
function layerNumbers({ inputs, outputs: count, side, weights, bias }) {
  const numbers = [];
  for (let tap = 0; tap < side * side; tap++) {
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < count; output++)
        numbers.push(weights[(output * inputs + input) * side * side + tap]);
    }
  }
  return Float32Array.from([...numbers, ...bias]);
}

function layerShader({ inputs, outputs: count, side }, slope) {
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
  for (let n = 0; n < quads; n++) lines.push(slope === 1 ? `out${n} = s${n};` : `out${n} = max(s${n}, s${n} * SLOPE);`);
  return `${HEAD}#define SLOPE ${slope.toFixed(9)}
layout(std140) uniform Weights { vec4 w[${biases + quads}]; };
${samplers(Math.ceil(inputs / 4))}
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
function downscalingShader({ scale, line, remainder }) {
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
${samplers(quads)}
${outputs(1)}
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  float added = 0.0, lack = 0.0;
  ${lines.join("\n  ")}
  out0 = vec4(added, lack, 0.0, 0.0);
}`;
}

/** The result: trusted, corrected, bounded. */
function agreementShader({ scale, halo, own, share, slack, block }) {
  const quads = Math.ceil((scale * scale) / 4),
    results = [];
  for (let n = 0; n < quads; n++) {
    const sum = `texelFetch(in${n}, p, 0) * trust + ${quad(own.slice(4 * n, 4 * n + 4))} * corrected`;
    results.push(`out${n} = min(max(${sum}, vec4(2.0 * low - high)), vec4(2.0 * high - low));`);
  }
  return `${HEAD}uniform sampler2D image, downscaled;
${samplers(quads)}
${outputs(quads)}
void main() {
  ivec2 p = ivec2(gl_FragCoord.xy);
  vec2 here = texelFetch(downscaled, p, 0).xy;
  float left = 0.0, allowed = 0.0;
  for (int dy = -1; dy <= 1; dy++) {
    for (int dx = -1; dx <= 1; dx++) {
      vec2 near = texelFetch(downscaled, p + ivec2(dx, dy), 0).xy;
      left = max(left, abs(near.y - near.x));
      allowed = max(allowed, abs(near.y));
    }
  }
  float trust = clamp(2.0 - left / (allowed * ${number(share)} + ${number(slack)}), 0.0, 1.0);
  float corrected = texelFetch(image, p, 0).x + (here.y - trust * here.x);
  ivec2 corner = (p - ${halo}) / ${block} * ${block} + ${halo};
  float low = texelFetch(image, p, 0).x, high = low;
  for (int dy = -1; dy <= ${block}; dy++) {
    for (int dx = -1; dx <= ${block}; dx++) {
      float value = texelFetch(image, corner + ivec2(dx, dy), 0).x;
      low = min(low, value);
      high = max(high, value);
    }
  }
  ${results.join("\n  ")}
}`;
}

/**
 * A network on the graphics card, for tiles of at most `side` pixels, the halo included.
 *
 * Shaders that a browser runs on the processor, for want of a card, are slower than `Kernel`; `slow` takes even those.
 */
export class ShaderNetwork {
  constructor(chain, side, slow) {
    this.chain = chain;
    this.side = side;
    const gl = new OffscreenCanvas(1, 1).getContext("webgl2", {
      antialias: false,
      depth: false,
      alpha: false,
      powerPreference: "high-performance",
      failIfMajorPerformanceCaveat: !slow,
    });
    if (!gl || !gl.getExtension("EXT_color_buffer_float")) throw new Error("no WebGL2 with float textures");
    const named = gl.getExtension("WEBGL_debug_renderer_info");
    if (!slow && named && SOFTWARE.test(gl.getParameter(named.UNMASKED_RENDERER_WEBGL)))
      throw new Error("no graphics card");
    this.gl = gl;
    this.layers = chain.layers.map((layer, n) => {
      const slope = n < chain.layers.length - 1 ? chain.slope : 1;
      return {
        ...this.program(layerShader(layer, slope)),
        numbers: this.uniforms(layerNumbers(layer)),
        reach: layer.side >> 1,
        layer,
      };
    });
    this.downscaling = this.program(downscalingShader(chain));
    this.agreement = this.program(agreementShader(chain));
    this.image = this.texture(gl.R32F);
    const most = Math.max(...chain.layers.map((layer) => layer.outputs / 4));
    this.pair = [0, 1].map(() => Array.from({ length: most }, () => this.texture(gl.RGBA32F)));
    this.compared = this.texture(gl.RGBA32F);
    this.framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    gl.bindVertexArray(gl.createVertexArray());
    gl.enable(gl.SCISSOR_TEST);
  }

  program(fragment) {
    const gl = this.gl;
    this.programs ??= new Map(); // most layers have the same shader, and other weights
    if (!this.programs.has(fragment)) {
      const program = gl.createProgram();
      for (const [type, text] of [
        [gl.VERTEX_SHADER, VERTEX],
        [gl.FRAGMENT_SHADER, fragment],
      ]) {
        const shader = gl.createShader(type);
        gl.shaderSource(shader, text);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
      }
      gl.linkProgram(program);
      if (!gl.getProgramParameter(program, gl.LINK_STATUS))
        throw new Error(gl.getProgramInfoLog(program) || "a shader does not link");
      this.programs.set(fragment, program);
    }
    return { program: this.programs.get(fragment) };
  }

  uniforms(numbers) {
    const gl = this.gl,
      buffer = gl.createBuffer();
    if (numbers.byteLength > LARGEST_BLOCK) throw new Error("a layer has too many weights for the shaders");
    gl.bindBuffer(gl.UNIFORM_BUFFER, buffer);
    gl.bufferData(gl.UNIFORM_BUFFER, numbers, gl.STATIC_DRAW);
    return buffer;
  }

  texture(format) {
    const gl = this.gl,
      texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, format, this.side, this.side);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    return texture;
  }

  /** Draw into textures all but `inset` pixels at the sides of a tile. */
  draw({ program, numbers }, sources, targets, width, height, inset) {
    const gl = this.gl;
    gl.useProgram(program);
    Object.entries(sources).forEach(([name, texture], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(gl.getUniformLocation(program, name), unit);
    });
    if (numbers) gl.bindBufferBase(gl.UNIFORM_BUFFER, 0, numbers);
    for (let n = 0; n < 4; n++) {
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + n, gl.TEXTURE_2D, targets[n] ?? null, 0);
    }
    gl.drawBuffers(targets.map((_, n) => gl.COLOR_ATTACHMENT0 + n));
    gl.viewport(0, 0, width, height);
    gl.scissor(inset, inset, width - 2 * inset, height - 2 * inset);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** As `runChain`. */
  async run(image, width, height) {
    const { gl, chain } = this,
      { halo, scale } = chain,
      quads = Math.ceil((scale * scale) / 4);
    const named = (textures) => Object.fromEntries(textures.map((texture, n) => [`in${n}`, texture]));
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.image);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RED, gl.FLOAT, image);
    let [source, target] = [[this.image], this.pair[0]],
      inset = 0;
    this.layers.forEach((step, n) => {
      target = this.pair[n % 2].slice(0, step.layer.outputs / 4);
      this.draw(step, named(source), target, width, height, (inset += step.reach));
      source = target;
    });
    this.draw(this.downscaling, { image: this.image, ...named(source) }, [this.compared], width, height, halo - 1);
    target = this.pair[this.layers.length % 2].slice(0, quads);
    const sources = { image: this.image, downscaled: this.compared, ...named(source) };
    this.draw(this.agreement, sources, target, width, height, halo);
    const w = width - 2 * halo,
      h = height - 2 * halo;
    const results = target.map((_, n) => {
      const values = new Float32Array(4 * w * h);
      gl.readBuffer(gl.COLOR_ATTACHMENT0 + n);
      gl.readPixels(halo, halo, w, h, gl.RGBA, gl.FLOAT, values);
      return values;
    });
    if (gl.isContextLost() || gl.getError()) throw new Error("the graphics card failed");
    return results;
  }

  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** Whether shaders and JavaScript agree on this machine: some drivers compute with less than they promise. */
export async function isSound(network) {
  const { chain } = network,
    side = 2 * chain.halo + 12;
  // Fixed numbers between 0 and 1 that look like noise at the left and like an edge at the right.
  const image = Float32Array.from({ length: side * side }, (_, i) =>
    i % side < side / 2 ? ((i * 7919) % 251) / 250 : i % side > side * 0.6 ? 0.9 : 0.1,
  );
  const expected = runChain(chain, image, side, side),
    found = await network.run(image, side, side);
  const channels = chain.scale ** 2; // others fill the last quad up
  return expected.every((values, n) =>
    values.every((value, i) => 4 * n + (i & 3) >= channels || Math.abs(value - found[n][i]) < 5e-4),
  );
}
