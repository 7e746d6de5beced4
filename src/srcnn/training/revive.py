"""Filters that ReLU has silenced get a second chance.

A hidden filter that is negative everywhere passes no gradient and never comes back.
Of an SRCNN that starts from random filters a tenth to a sixth ends so, because a random filter's answer to the image's
mean grey outweighs its answer to structure.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from srcnn.nets.srcnn import Srcnn


@torch.no_grad()
def revive(net: Srcnn, ilr: Tensor, generator: torch.Generator) -> int:
    """Draw silent filters anew, without mean, active at half of all places; nothing reads them yet, so the output stays
    the same.

    Parameters
    ----------
    net : Srcnn
        Changed in place.
    ilr : (N, C, H, W) tensor
        Sub-images to tell which filters are silent, and to scale the new ones by.
    generator : Generator
        Draws the filters.

    Returns
    -------
    int
        How many filters were drawn anew.
    """
    layers = [layer for layer in net.layers if isinstance(layer, nn.Conv2d)]
    count = 0
    x = ilr
    for layer, reader in pairwise(layers):
        assert layer.bias is not None
        answers = layer(x)
        active = (answers > 0).float().mean((0, 2, 3))
        silent = torch.nonzero(active == 0).flatten()
        if len(silent) and len(silent) < len(active):
            usual = torch.relu(answers).std((0, 2, 3))[active > 0].median()
            fresh = torch.randn(layer.weight[silent].shape, generator=generator)
            fresh -= fresh.mean((1, 2, 3), keepdim=True)
            layer.weight[silent] = fresh
            layer.bias[silent] = 0.0
            drawn = layer(x)[:, silent]
            spread = drawn.std((0, 2, 3)).clamp_min(1e-12)
            layer.weight[silent] *= (usual / spread)[:, None, None, None]
            layer.bias[silent] = -drawn.mean((0, 2, 3)) * usual / spread
            reader.weight[:, silent] = 0.0
            count += len(silent)
        x = torch.relu(layer(x))
    return count
