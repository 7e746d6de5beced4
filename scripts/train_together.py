"""Train the networks of several recipes side by side on one GPU, scale after scale.

    python scripts/train_together.py --data FOLDER --runs runs --seconds 200,160,160 recipes/residual-l_x3.toml ...

Recipes of one scale are trained at once, for the seconds that stand for that scale; scales follow one another as they
first appear, so that a recipe may begin from a run before it. The minutes of the recipes are not looked at.
FOLDER holds the training sets that the recipes name, and beside it the folder `teachers`.
Set OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1: there is a worker for every core.
The files are `RUNS/NAME_xSCALE/best.ckpt`, as `srcnn train` writes them.
"""

import argparse
import os
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from srcnn.degrade import degrade
from srcnn.errors import OptionError
from srcnn.files.io import read_image
from srcnn.image.arrays import Bytes, Floats, as_rgb, to_bytes, to_floats, to_integers
from srcnn.image.colour import luma_bytes, rgb_to_ycbcr
from srcnn.image.resize import imresize, modcrop
from srcnn.nets.bsrn import SMALLEST, load_bsrn
from srcnn.training.config import TrainConfig, load_recipe
from srcnn.training.data import ImageFiles, find_images, make_pairs
from srcnn.training.member import make_member
from srcnn.training.patches import LivePatches, Source, worn_pairs
from srcnn.training.teaching import BSRN
from srcnn.training.together import Group, train_together


@dataclass(frozen=True)
class Copy:
    """A training image at one size, and its low-resolution version."""

    image: Bytes
    lr: Floats


@dataclass(frozen=True)
class Job:
    """A file to read: at what sizes, for what scale."""

    path: Path
    scale: int
    sizes: tuple[float, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--seconds", default="600", help="for each scale, separated by commas")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--drawn", type=int, default=2, help="how often a patch is drawn")
    parser.add_argument("--refresh", type=int, default=40, help="steps between refreshments of SOAP's bases")
    parser.add_argument("--limit", type=int, default=0, help="take so many images of each recipe alone, to try it out")
    args = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = False
    by_scale: dict[int, list[TrainConfig]] = defaultdict(list)
    for path in args.recipes:
        config = load_recipe(path)
        by_scale[config.scale].append(config)
    times = [float(text) for text in args.seconds.split(",")]
    if len(times) != len(by_scale):
        parser.error(f"the recipes are of {len(by_scale)} scales, and --seconds names {len(times)} times")
    for (scale, configs), seconds in zip(by_scale.items(), times, strict=True):
        groups = groups_of(configs, args)
        said(f"x{scale}: {len(configs)} networks for {seconds:.0f} s")
        train_together(groups, seconds, said, args.drawn)


Taught = dict[int, NDArray[np.float16]]
"""What a teacher makes of copies, by their identity."""


def said(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def groups_of(configs: list[TrainConfig], args: argparse.Namespace) -> list[Group]:
    """Recipes of one scale, together where they ask for the same patches."""
    device, scale = torch.device(args.device), configs[0].scale
    alike: dict[object, list[TrainConfig]] = defaultdict(list)
    for config in configs:
        worn = config.net.endswith("-worn")
        patches = (worn, config.patch, config.batch, config.outliers, config.detail, config.mild)
        images = (config.data, config.sizes, config.validation, config.validation_every)
        alike[patches, images, config.teacher, config.teacher_weight].append(config)
    files = [find_images(found[0], args.data) for found in alike.values()]
    if args.limit:
        files = [replace(f, train=f.train[:: len(f.train) // args.limit], validation=f.validation[:2]) for f in files]
    wanted = list(dict.fromkeys(path for found in files for path in found.train))
    sizes = tuple(dict.fromkeys(size for config in configs for size in config.sizes))
    with get_context("fork").Pool(args.workers) as pool:
        copies = dict(zip(wanted, pool.map(read, [Job(path, scale, sizes) for path in wanted], 4), strict=True))
    said(f"{len(wanted)} images read")
    taught: Taught = {}
    shares = [4 if found[0].net.endswith("-worn") else 1 for found in alike.values()]
    return [
        group_of(found, its_files, copies, taught, args, device, max(1, args.workers * share // sum(shares)))
        for found, its_files, share in zip(alike.values(), files, shares, strict=True)
    ]


def group_of(
    configs: list[TrainConfig],
    files: ImageFiles,
    copies: dict[Path, list[Copy]],
    taught: "Taught",
    args: argparse.Namespace,
    device: torch.device,
    workers: int,
) -> Group:
    """Recipes that ask for the same patches, with their images."""
    first = configs[0]
    scale, worn = first.scale, first.net.endswith("-worn")
    smallest = first.patch + (16 * scale if worn else 0)
    used = [copy for path in files.train for copy in copies[path] if min(copy.image.shape[:2]) >= smallest]
    if worn:
        sources = [Source(as_rgb(copy.image)) for copy in used]
        held_out = worn_pairs(files.validation, scale)
    else:
        taught |= teach({id(copy): copy for copy in used if id(copy) not in taught}, first, args.data, device)
        luma = {id(copy): luma_bytes(copy.image) for copy in used}
        sources = [Source(luma[id(copy)], taught.get(id(copy))) for copy in used]
        whole = replace(first, sizes=(1.0,))
        held_out = make_pairs(files.validation, whole, colour="luma", input_size="lr", smallest=16)
    sampler = LivePatches(
        sources,
        scale,
        first.patch,
        first.batch,
        first.seed,
        worn=worn,
        outliers=first.outliers,
        detail=first.detail,
        teacher_weight=first.teacher_weight,
        mild=first.mild,
    )
    members = [make_member(c, args.runs / f"{c.model}_x{scale}", device, args.refresh) for c in configs]
    return Group(members, sampler, held_out, workers)


def read(job: Job) -> list[Copy]:
    """The copies of an image: RGB, or one plane where it is grey."""
    pixels = to_bytes(read_image(job.path).pixels)
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        pixels = np.ascontiguousarray(pixels[..., 0])
    copies = []
    for size in job.sizes:
        copy = pixels if size == 1.0 else to_integers(np.clip(imresize(to_floats(pixels), size), 0, 1))
        if min(copy.shape[:2]) >= SMALLEST * job.scale:
            copy = np.ascontiguousarray(modcrop(copy, job.scale))
            copies.append(Copy(copy, degrade(to_floats(copy), job.scale).astype(np.float32)))
    return copies


def teach(copies: dict[int, Copy], config: TrainConfig, data: Path, device: torch.device) -> Taught:
    """The luma that the teacher makes of every image's low-resolution version."""
    if not config.teacher or not copies:
        return {}
    if config.teacher != BSRN:
        raise OptionError(f"the teacher of networks trained together is {BSRN!r}, got {config.teacher!r}")
    net = load_bsrn(data.resolve().parent / "teachers", config.scale).to(device)
    torch.backends.cudnn.benchmark = False  # every image has another size
    axes = rgb_to_ycbcr(np.vstack([np.eye(3), np.zeros(3)])[None])[0, :, 0]
    weight, black = torch.tensor(axes[:3] - axes[3], dtype=torch.float32, device=device), float(axes[3])
    made = {}
    with torch.no_grad():
        for key, copy in copies.items():
            sr = net(torch.from_numpy(np.moveaxis(as_rgb(copy.lr), 2, 0).copy())[None].to(device))[0]
            luma = sr.mean(0) if copy.image.ndim == 2 else torch.einsum("c,chw->hw", weight, sr) + black
            made[key] = luma.half().cpu().numpy()
    torch.backends.cudnn.benchmark = True
    said(f"{len(made)} images enlarged by {config.teacher}")
    return made


if __name__ == "__main__":
    main()
    os._exit(0)  # workers that wait for a place in a queue are not waited for
