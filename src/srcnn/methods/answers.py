"""What a network from a stranger answers, tried on a small image before anything is made of it."""

from typing import TYPE_CHECKING

import numpy as np

from srcnn.errors import WeightsError

if TYPE_CHECKING:
    from srcnn.methods.network import NetworkMethod

_LARGEST_ANSWER = 8.0  # output for an image in [0, 1]: even untrained networks stay below 4
_SAME = 1e-3  # allowed difference of two results: other shapes are summed in another order


def check_answers(method: "NetworkMethod") -> None:
    """Run a network on two overlapping parts of a small image and compare the results in the overlap.

    They differ if a network pads inside or has a larger receptive field than its halo, which would cause seams between
    blocks.

    Parameters
    ----------
    method : NetworkMethod
        A network, opened.

    Raises
    ------
    WeightsError
        If the values are not those of an image, or the results differ.
    """
    side, step, halo = 16, 8, method.card.halo
    output_scale = 1 if method.card.input_size == "hr" else method.scale
    y, x = np.mgrid[: side + step + 2 * halo, : side + step + 2 * halo] / side
    image = np.stack(
        [0.5 + 0.2 * np.sin(5 * x + 2 * y * y + c) + 0.15 * np.sign(np.sin(9 * x - 4 * y)) for c in range(3)]
    )
    network_input = image[: 1 if method.channels == "luma" else 3].astype(np.float32)
    first, second = (
        method._run(
            network_input[:, at : at + side + 2 * halo, at : at + side + 2 * halo],
            (side * output_scale, side * output_scale),
        )
        for at in (0, step)
    )
    largest = max(float(np.abs(first).max()), float(np.abs(second).max()))
    if largest > _LARGEST_ANSWER:
        raise WeightsError(
            f"the network returns values up to {largest:.3g} for an image in [0, 1]; its weights are unusable"
        )
    difference = np.abs(
        first[:, step * output_scale :, step * output_scale :]
        - second[:, : -step * output_scale, : -step * output_scale]
    ).max()
    if difference > _SAME * max(1.0, largest):
        raise WeightsError(
            f"the network gives different results, {difference:.2g} apart, for the same pixels in different parts of "
            f"an image: it pads inside, or its halo is not {halo}"
        )
