"""How far networks leave [0, 1] on photographs at full resolution, which nobody shrank before.

    python benchmarks/unshrunk.py FOLDER... [--models best,photo] [--scales 2,3,4] [--images 82] [--side 192]

Of every image the square with the most detail is upscaled as it is, and the least and greatest value of all results is
printed, and how many images leave [-0.3, 1.3].
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srcnn.files.io import read_image
from srcnn.files.listing import images_in
from srcnn.image.arrays import Bytes, Floats, as_rgb, to_bytes, to_floats
from srcnn.image.colour import rgb_to_luma
from srcnn.methods import load
from srcnn.weights import entries

LOW, HIGH = -0.3, 1.3


def main() -> None:
    """Print one line for each model and scale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--models", default="")
    parser.add_argument("--scales", default="2,3,4")
    parser.add_argument("--images", type=int, default=82)
    parser.add_argument("--side", type=int, default=192)
    args = parser.parse_args()
    paths = [path for folder in args.folders for path in images_in(folder)]
    chosen = [paths[int(i)] for i in np.linspace(0, len(paths) - 1, min(args.images, len(paths)))]
    squares = [detailed(as_rgb(to_bytes(read_image(path).pixels)), args.side) for path in chosen]
    networks = dict.fromkeys(entry.card.name for entry in entries() if entry.kind == "onnx")
    for name in args.models.split(",") if args.models else networks:
        for scale in map(int, args.scales.split(",")):
            ranges = np.array([range_of(name, scale, square) for square in squares])
            outside = int(((ranges[:, 0] < LOW) | (ranges[:, 1] > HIGH)).sum())
            print(
                f"{name} x{scale}: {ranges[:, 0].min():.3f} to {ranges[:, 1].max():.3f}; "
                f"{outside} of {len(squares)} images leave [{LOW}, {HIGH}]",
                flush=True,
            )


def detailed(image: Bytes, side: int) -> Bytes:
    """The square of an image with the greatest differences between neighbours."""
    side = min(side, *image.shape[:2])
    green = image[..., 1].astype(np.float32)
    steps = np.abs(np.diff(green, axis=1))
    best, found = -1.0, (0, 0)
    for top in range(0, image.shape[0] - side + 1, max(1, side // 2)):
        for left in range(0, image.shape[1] - side + 1, max(1, side // 2)):
            busy = float(steps[top : top + side, left : left + side].mean())
            if busy > best:
                best, found = busy, (top, left)
    return np.ascontiguousarray(image[found[0] : found[0] + side, found[1] : found[1] + side])


def range_of(name: str, scale: int, square: Bytes) -> tuple[float, float]:
    """The least and greatest value that a network makes of an image, before anything is clipped."""
    method = load(name, scale, threads=1)
    source: Floats = to_floats(square)
    result: NDArray[np.floating] = method(source if method.channels == "rgb" else rgb_to_luma(source))
    return float(result.min()), float(result.max())


if __name__ == "__main__":
    main()
