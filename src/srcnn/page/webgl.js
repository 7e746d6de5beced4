// The same network in WebGL2 shaders: sixteen channels are four float textures, a narrow layer is one draw.
// All textures of a tile have the same coordinates; every layer leaves a wider margin undone, which nobody reads.

import { runChain } from "./chain.js";
import { TARGETS, VERTEX, downscalingShader, endShader, partsOf } from "./shaders.js";

const SOFTWARE = /swiftshader|llvmpipe|softpipe|basic render|software/i; // names of renderers without a graphics card

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
    this.layers = chain.layers.map((layer) =>
      partsOf(layer).map((part) => ({
        ...part,
        program: this.program(part.shader),
        numbers: this.uniforms(part.numbers),
      })),
    );
    const ends = Math.ceil(chain.own.length / 4);
    this.ends = Array.from({ length: Math.ceil(ends / TARGETS) }, (_, n) => {
      const first = n * TARGETS,
        quads = Math.min(TARGETS, ends - first);
      return { first, quads, program: this.program(endShader(chain, first, quads)) };
    });
    this.image = this.texture(chain.planes === 1 ? gl.R32F : gl.RGBA32F);
    const most = Math.max(...chain.layers.map((layer) => layer.outputs / 4));
    const textures = (count) => Array.from({ length: count }, () => this.texture(gl.RGBA32F));
    this.buffers = Array.from({ length: Math.max(...chain.buffers) + 1 }, () => textures(most));
    this.result = textures(TARGETS);
    if (chain.agreement) {
      this.downscaling = { program: this.program(downscalingShader(chain)) };
      this.compared = this.texture(gl.RGBA32F);
    }
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
    return this.programs.get(fragment);
  }

  uniforms(numbers) {
    const gl = this.gl,
      buffer = gl.createBuffer();
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
    for (let n = 0; n < TARGETS; n++) {
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0 + n, gl.TEXTURE_2D, targets[n] ?? null, 0);
    }
    gl.drawBuffers(targets.map((_, n) => gl.COLOR_ATTACHMENT0 + n));
    gl.viewport(0, 0, width, height);
    gl.scissor(inset, inset, width - 2 * inset, height - 2 * inset);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Put planes into the texture of the image. */
  upload(image, width, height) {
    const { gl, chain } = this,
      plane = width * height;
    let pixels = image;
    if (chain.planes > 1) {
      pixels = new Float32Array(4 * plane);
      for (let band = 0; band < chain.planes; band++) {
        for (let i = 0; i < plane; i++) pixels[4 * i + band] = image[band * plane + i];
      }
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.image);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    const format = chain.planes > 1 ? gl.RGBA : gl.RED;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, gl.FLOAT, pixels);
  }

  /** As `runChain`. */
  async run(image, width, height) {
    const { gl, chain } = this,
      { halo, layers, buffers } = chain;
    const named = (name, textures) => Object.fromEntries(textures.map((texture, n) => [`${name}${n}`, texture]));
    this.upload(image, width, height);
    let source = [this.image],
      inset = 0;
    layers.forEach(({ outputs: count, side, adds }, n) => {
      const target = this.buffers[buffers[n]];
      inset += side >> 1;
      for (const part of this.layers[n]) {
        const of = (textures) => textures.slice(part.first, part.first + part.quads);
        const added = adds === null ? {} : named("added", of(this.buffers[buffers[adds]]));
        this.draw(part, { ...named("in", source), ...added }, of(target), width, height, inset);
      }
      source = target.slice(0, count / 4);
    });
    if (chain.agreement) {
      const sources = { image: this.image, ...named("in", source) };
      this.draw(this.downscaling, sources, [this.compared], width, height, halo - 1);
    }
    const results = [];
    for (const end of this.ends) {
      const sources = { image: this.image, ...named("in", source.slice(end.first, end.first + end.quads)) };
      if (chain.agreement) sources.downscaled = this.compared;
      this.draw(end, sources, this.result.slice(0, end.quads), width, height, halo);
      results.push(...this.read(end.quads, halo, width - 2 * halo, height - 2 * halo));
    }
    if (gl.isContextLost() || gl.getError()) throw new Error("the graphics card failed");
    return results;
  }

  read(quads, halo, width, height) {
    const gl = this.gl;
    return Array.from({ length: quads }, (_, n) => {
      const values = new Float32Array(4 * width * height);
      gl.readBuffer(gl.COLOR_ATTACHMENT0 + n);
      gl.readPixels(halo, halo, width, height, gl.RGBA, gl.FLOAT, values);
      return values;
    });
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
  const image = Float32Array.from({ length: chain.planes * side * side }, (_, i) =>
    i % side < side / 2 ? ((i * 7919) % 251) / 250 : i % side > side * 0.6 ? 0.9 : 0.1,
  );
  const expected = runChain(chain, image, side, side),
    found = await network.run(image, side, side);
  const channels = chain.own.length; // others fill the last quad up
  return expected.every((values, n) =>
    values.every((value, i) => 4 * n + (i & 3) >= channels || Math.abs(value - found[n][i]) < 5e-4),
  );
}
