"""One step of training."""

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from srcnn.image.arrays import Floats
from srcnn.training.config import TrainConfig
from srcnn.training.losses import LOSSES
from srcnn.training.mean import ema
from srcnn.training.optimisers import make_optimiser
from srcnn.training.predict import in_channels_last


class Stepper:
    """One step of training: forward, backward, optimiser, running mean."""

    def __init__(self, config: TrainConfig, fabric: Fabric, net: nn.Module, reduction: int) -> None:
        self.config, self.fabric, self.frame = config, fabric, config.frame * reduction
        self.net = in_channels_last(net)
        self.optimiser = make_optimiser(self.net, config)
        self.model, self.fabric_optimiser = fabric.setup(self.net, self.optimiser)
        # After setup, which moves the network to its device: the mean is to be there too.
        self.mean = AveragedModel(self.net, multi_avg_fn=ema(config.ema)) if config.ema else None
        self.model.train()

    def __call__(self, source: Floats, hr: Floats, *, rounded: bool) -> float:
        """Learn from one batch.

        Parameters
        ----------
        source : (N, C, h, w) float32 array
            What the network takes.
        hr : (N, C', H, W) float32 array
            What it should make of it.
        rounded : bool
            Whether products are rounded to bfloat16.

        Returns
        -------
        float
            The loss, before the step.
        """
        source_, hr_ = (self.fabric.to_device(torch.from_numpy(a)) for a in (source, hr))
        # Not left to Fabric, whose precision is that of a whole run.
        with torch.autocast(self.fabric.device.type, torch.bfloat16, enabled=rounded):
            sr = self.model(source_.contiguous(memory_format=torch.channels_last)).float()
        loss: Tensor = LOSSES[self.config.loss](framed(sr, self.frame), framed(hr_, self.frame))
        self.fabric.backward(loss)
        if self.config.clip:
            self.fabric.clip_gradients(self.model, self.fabric_optimiser, max_norm=self.config.clip)
        self.fabric_optimiser.step()
        self.fabric_optimiser.zero_grad()
        if self.mean is not None:
            self.mean.update_parameters(self.net)
        return float(loss.detach())


def framed(planes: Tensor, width: int) -> Tensor:
    """Planes without a frame.

    Parameters
    ----------
    planes : (..., H, W) tensor
        Any values.
    width : int
        Pixels of the frame; not negative.

    Returns
    -------
    (..., H - 2 width, W - 2 width) tensor
        A view.
    """
    return planes[..., width : planes.shape[-2] - width, width : planes.shape[-1] - width]
