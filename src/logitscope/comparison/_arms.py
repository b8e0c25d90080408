"""The arms of a comparison: what each trains, and what it is called.

It makes names and pairs; it never knows data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Real
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray
from logitscope.activations import get_activation
from logitscope.losses import get_loss
from logitscope.pointwise import Pointwise

RATE_RULES = ("auto", "matched", "tuned")


@dataclass(frozen=True)
class Arm:
    """One way to train: an activation with a loss, at a learning rate.

    Attributes
    ----------
    label : str
        What tells it from the other arms.
    pointwise : Pointwise
        Activation and loss.
    rate : float, ndarray of shape (n_columns,) or None
        The learning rate if it was given as a number.
    """

    label: str
    pointwise: Pointwise
    rate: float | FloatArray | None

    @property
    def activation(self) -> str:
        """Name of the activation."""
        return self.pointwise.activation.name

    @property
    def loss(self) -> str:
        """Name of the loss."""
        return self.pointwise.loss.name

    @property
    def is_joint(self) -> bool:
        """Whether all classes are trained together (softmax)."""
        return self.pointwise.activation.couples_columns

    def n_columns(self, n_classes: int) -> int:
        """Columns that the arm takes in a run."""
        return 1 if n_classes == 2 and not self.is_joint else n_classes


def make_arms(activations: Sequence[Any], losses: Sequence[Any], learning_rate: Any) -> tuple[Arm, ...]:
    """Return every activation with every loss at every learning rate, in this order.

    Raises
    ------
    InvalidInputError
        An unknown name, an empty list, or the same arm twice.
    """
    for argument, given in (("activations", activations), ("losses", losses)):
        if isinstance(given, str) or not isinstance(given, Sequence) or len(given) == 0:
            raise InvalidInputError(f"`{argument}` must be a sequence of names or objects; got {given!r}.")
    rates = _rates(learning_rate)
    phis, functions = [get_activation(given) for given in activations], [get_loss(given) for given in losses]
    arms = tuple(
        Arm(_label(*names, len(functions) > 1, rate if len(rates) > 1 else None), pair, rate)
        for names, pair in zip(
            product(_names(phis), _names(functions)),
            (Pointwise(phi, loss) for phi, loss in product(phis, functions)),
            strict=True,
        )
        for rate in rates
    )
    labels = [arm.label for arm in arms]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise InvalidInputError(f"Arms of a comparison must differ; got {twice!r} twice.")
    return arms


def _rates(learning_rate: Any) -> list[float | None]:
    must = "`learning_rate` must be 'auto', 'matched', 'tuned', a number > 0 or several"
    if isinstance(learning_rate, str):
        if learning_rate not in RATE_RULES:
            raise InvalidInputError(f"{must}; got {learning_rate!r}.")
        return [None]
    several = learning_rate.ravel().tolist() if isinstance(learning_rate, np.ndarray) else learning_rate
    several = several if isinstance(several, Sequence) else [several]
    if len(several) == 0:
        raise InvalidInputError(f"{must}; got none.")
    for rate in several:
        if isinstance(rate, bool) or not (isinstance(rate, Real) and 0 < float(rate) < np.inf):
            raise InvalidInputError(f"{must}; got {rate!r}.")
    return [float(rate) for rate in several]


def _names(parts: Sequence[Any]) -> list[str]:
    """Names, or where different parts share one (focal with two gammas), what the parts print as."""
    names = []
    for part in parts:
        shares = [other for other in parts if other.name == part.name and other != part]
        names.append(repr(part) if shares else part.name)
    return names


def _label(activation: str, loss: str, with_loss: bool, rate: float | None) -> str:
    label = activation
    if with_loss:
        label += f", {loss.replace('_', ' ')}"
    if rate is not None:
        label += f", η = {rate:g}"
    return label


__all__ = ["RATE_RULES", "Arm", "make_arms"]
