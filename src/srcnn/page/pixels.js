// From a file to pixels: upright, in sRGB, with colours that no transparency has been multiplied into.

const PIECE = 2048; // pixels per side that are taken out of a decoded image at once

/** Decode an image: RGBA bytes, four a pixel. */
export async function readPixels(blob) {
  const options = { premultiplyAlpha: "none", colorSpaceConversion: "default", imageOrientation: "from-image" };
  const bitmap = await createImageBitmap(blob, options),
    { width, height } = bitmap;
  let rgba = await readPieces(bitmap, canvasReader());
  // A canvas rounds the colours of transparent pixels. WebGL gives the bytes as they are, but takes long to begin.
  if (!isOpaque(rgba)) {
    const reader = textureReader();
    if (reader) rgba = await readPieces(bitmap, reader);
  }
  bitmap.close();
  return { rgba, width, height };
}

function isOpaque(rgba) {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return false;
  return true;
}

/** A large image would be more than one texture or canvas holds. */
async function readPieces(bitmap, { take, close }) {
  const { width, height } = bitmap,
    rgba = new Uint8Array(4 * width * height),
    options = { premultiplyAlpha: "none" }; // "none" for colours would give back those before the conversion to sRGB
  for (let top = 0; top < height; top += PIECE) {
    for (let left = 0; left < width; left += PIECE) {
      const w = Math.min(PIECE, width - left),
        h = Math.min(PIECE, height - top);
      const piece = await createImageBitmap(bitmap, left, top, w, h, options),
        bytes = take(piece, w, h);
      for (let y = 0; y < h; y++) rgba.set(bytes.subarray(4 * y * w, 4 * (y + 1) * w), 4 * ((top + y) * width + left));
      piece.close();
    }
  }
  close();
  return rgba;
}

function canvasReader() {
  const context = new OffscreenCanvas(PIECE, PIECE).getContext("2d", { willReadFrequently: true });
  const take = (piece, w, h) => {
    context.clearRect(0, 0, w, h);
    context.drawImage(piece, 0, 0);
    return context.getImageData(0, 0, w, h).data;
  };
  return { take, close: () => {} };
}

function textureReader() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2", { antialias: false, depth: false });
  if (!gl) return null;
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  const take = (piece, w, h) => {
    const bytes = new Uint8Array(4 * w * h);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, piece);
    gl.readPixels(0, 0, w, h, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return bytes;
  };
  return { take, close: () => gl.getExtension("WEBGL_lose_context")?.loseContext() };
}
