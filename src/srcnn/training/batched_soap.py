"""SOAP as a GPU likes it: all matrices of one shape in one product, and no decision that waits for the host.

The steps of `srcnn.training.soap.Soap`, number for number to rounding.
A whole training step can be captured as one graph, since nothing in `step` depends on values.
"""

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor


class BatchedSoap:
    """SOAP for weights of two or more dimensions, Adam for vectors.

    Parameters
    ----------
    parameters : sequence of tensor
        All on one device.
    rates : sequence of float
        Of each parameter, as a share of the rate of a step.
    betas : (float, float)
        As `Soap`.
    longest_side : int
        As `Soap`.
    """

    def __init__(
        self,
        parameters: Sequence[Tensor],
        rates: Sequence[float] | None = None,
        betas: tuple[float, float] = (0.95, 0.95),
        eps: float = 1e-8,
        longest_side: int = 2000,
    ) -> None:
        found: dict[tuple[int, ...], list[int]] = defaultdict(list)
        rates = rates or [1.0] * len(parameters)
        for number, parameter in enumerate(parameters):
            found[tuple(parameter.flatten(1).shape) if parameter.ndim > 1 else ()].append(number)
        self.groups = [
            _Matrices([parameters[i] for i in numbers], [rates[i] for i in numbers], numbers, longest_side)
            if shape
            else _Vectors([parameters[i] for i in numbers], [rates[i] for i in numbers], numbers)
            for shape, numbers in found.items()
        ]
        self.betas, self.eps = betas, eps
        self.count = torch.zeros((), device=parameters[0].device)

    @torch.no_grad()
    def start(self, gradients: Sequence[Tensor]) -> None:
        """See the first gradients, which only fill the averages.

        Parameters
        ----------
        gradients : sequence of tensor
            Of the parameters, in their order.
        """
        for group in self.groups:
            if isinstance(group, _Matrices):
                group.start(gradients, self.betas[1])

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], rate: Tensor) -> None:
        """One step.

        Parameters
        ----------
        gradients : sequence of tensor
            Of the parameters, in their order.
        rate : scalar tensor
            The learning rate.
        """
        beta1, beta2 = self.betas
        self.count += 1
        young1, young2 = 1 - beta1**self.count, 1 - beta2**self.count
        for group in self.groups:
            update = group.update(gradients, beta1, beta2, young1, young2, self.eps)
            group.apply(update * -rate)

    @torch.no_grad()
    def refresh(self) -> None:
        """Move the bases nearer to the eigenvectors; to be called now and then, not within a captured step."""
        for group in self.groups:
            if isinstance(group, _Matrices):
                group.refresh()


class _Vectors:
    """Vectors of any length as one."""

    def __init__(self, parameters: list[Tensor], rates: list[float], numbers: list[int]) -> None:
        self.parameters, self.numbers = parameters, numbers
        self.sizes = [p.numel() for p in parameters]
        self.mean, self.square = (torch.zeros(sum(self.sizes), device=parameters[0].device) for _ in range(2))
        self.rates = torch.cat([torch.full_like(p, r).flatten() for p, r in zip(parameters, rates, strict=True)])

    def update(
        self, gradients: Sequence[Tensor], beta1: float, beta2: float, young1: Tensor, young2: Tensor, eps: float
    ) -> Tensor:
        gradient = torch.cat([gradients[i].flatten() for i in self.numbers])
        self.mean.lerp_(gradient, 1 - beta1)
        self.square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        return self.mean / young1 / ((self.square / young2).sqrt() + eps)

    def apply(self, update: Tensor) -> None:
        parts = torch.split(update * self.rates, self.sizes)
        torch._foreach_add_(
            self.parameters, [part.view(p.shape) for part, p in zip(parts, self.parameters, strict=True)]
        )


class _Matrices:
    """Matrices of one shape (n, rows, columns), with the bases of their sides."""

    def __init__(self, parameters: list[Tensor], rates: list[float], numbers: list[int], longest_side: int) -> None:
        self.parameters, self.numbers = parameters, numbers
        device, count, shape = parameters[0].device, len(parameters), parameters[0].flatten(1).shape
        self.mean, self.square = (torch.zeros(count, *shape, device=device) for _ in range(2))
        self.rates = torch.tensor(rates, device=device)[:, None, None]
        sides = [length if 1 < length <= longest_side else 0 for length in shape]
        self.grams = [torch.zeros(count, side, side, device=device) if side else None for side in sides]
        self.bases = [torch.eye(side, device=device).repeat(count, 1, 1) if side else None for side in sides]

    def _stacked(self, gradients: Sequence[Tensor]) -> Tensor:
        return torch.stack([gradients[i].flatten(1) for i in self.numbers])

    def start(self, gradients: Sequence[Tensor], beta2: float) -> None:
        self._average(self._stacked(gradients), beta2)
        for gram, basis in zip(self.grams, self.bases, strict=True):
            if gram is not None and basis is not None:
                basis.copy_(torch.linalg.eigh(gram.double().cpu()).eigenvectors.flip(2))

    def update(
        self, gradients: Sequence[Tensor], beta1: float, beta2: float, young1: Tensor, young2: Tensor, eps: float
    ) -> Tensor:
        gradient = self._stacked(gradients)
        self.mean.lerp_(gradient, 1 - beta1)
        rotated = self._rotated(gradient)
        self.square.mul_(beta2).addcmul_(rotated, rotated, value=1 - beta2)
        scaled = self._rotated(self.mean) / young1 / ((self.square / young2).sqrt() + eps)
        left, right = self.bases
        if left is not None:
            scaled = left @ scaled
        if right is not None:
            scaled = scaled @ right.mT
        self._average(gradient, beta2)
        return scaled

    def _rotated(self, matrix: Tensor) -> Tensor:
        left, right = self.bases
        if left is not None:
            matrix = left.mT @ matrix
        return matrix if right is None else matrix @ right

    def _average(self, gradient: Tensor, beta2: float) -> None:
        left, right = self.grams
        if left is not None:
            left.lerp_(gradient @ gradient.mT, 1 - beta2)
        if right is not None:
            right.lerp_(gradient.mT @ gradient, 1 - beta2)

    def apply(self, update: Tensor) -> None:
        changes = [part.view(p.shape) for part, p in zip((update * self.rates).unbind(), self.parameters, strict=True)]
        torch._foreach_add_(self.parameters, changes)

    def refresh(self) -> None:
        """One power iteration, its directions sorted by what they weigh and made orthogonal by a Cholesky factor.

        A GPU factors a batch of matrices so within milliseconds, and takes a second for QR.
        Directions of length 1 in double precision leave the factor as exact as QR in single precision.
        A basis that has lost its rank is left as it was.
        """
        for side, (gram, basis) in enumerate(zip(self.grams, self.bases, strict=True)):
            if gram is None or basis is None:
                continue
            moved = gram.double() @ basis.double()
            order = (basis * moved).sum(1).argsort(descending=True)
            moved, sorted_basis = (torch.take_along_dim(m, order[:, None], 2) for m in (moved, basis))
            self.square.copy_(torch.take_along_dim(self.square, order[:, None] if side else order[..., None], side + 1))
            moved = moved / moved.norm(dim=1, keepdim=True).clamp_min(1e-30)
            factor = torch.linalg.cholesky_ex(moved.mT @ moved, check_errors=False)
            straight = torch.linalg.solve_triangular(factor.L.mT, moved, upper=True, left=False)
            near = torch.eye(basis.shape[-1], device=basis.device, dtype=torch.float64)
            is_basis = ((straight.mT @ straight - near).abs().amax((1, 2)) < 1e-3) & (factor.info == 0)
            basis.copy_(torch.where(is_basis[:, None, None], straight.float(), sorted_basis))
