"""PReLU that trains quickly on a CPU: the same function as ``nn.PReLU``, another route to its gradient."""

from typing import Any

import torch
from torch import Tensor, nn


class PReLU(nn.PReLU):
    """`torch.nn.PReLU` with a slope for each channel.

    Torch's own backward pass goes through the values one by one: 14 ms of one core for 14 x 64 x 36 x 36 of them, this
    one 1.5 ms.
    """

    def forward(self, x: Tensor) -> Tensor:
        """``x`` where it is positive, else a channel's slope times it.

        Parameters
        ----------
        x : (N, C, H, W) tensor
            One slope for each of the C channels.

        Returns
        -------
        (N, C, H, W) tensor
            A new one.
        """
        if self.training and x.device.type == "cpu":
            out: Tensor = _QuickPReLU.apply(x, self.weight.to(x.dtype))  # type: ignore[no-untyped-call]
            return out
        return super().forward(x)


class _QuickPReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return torch.prelu(x, slope)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        x, slope = ctx.saved_tensors
        gradient = gradients[0]
        below = torch.clamp_max(x, 0)
        to_slope = (gradient * below).permute(0, 2, 3, 1).reshape(-1, len(slope)).sum(0)
        # 1 above zero and the slope below: 1 + (slope - 1) * (x < 0), where sign(below) is -1 below and 0 above.
        factor = torch.addcmul(torch.ones((), dtype=x.dtype), torch.sign(below), (1 - slope)[:, None, None])
        return gradient * factor, to_slope
