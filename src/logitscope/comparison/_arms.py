"""The arms of a comparison: what each trains, and what it is called.

It makes names and pairs; it never knows data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from logitscope._exceptions import InvalidInputError
from logitscope.pointwise import Pointwise, get_pointwise


@dataclass(frozen=True)
class Arm:
    """One way to train: an activation with a loss, at a learning rate.

    Attributes
    ----------
    label : str
        What tells it from the other arms.
    pointwise : Pointwise
        Activation and loss.
    rate : float or None
        The learning rate if it was given as a number.
    """

    label: str
    pointwise: Pointwise
    rate: float | None

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
    pairs = [get_pointwise(activation, loss) for activation, loss in product(activations, losses)]
    arms = tuple(
        Arm(_label(pair, rate, len(losses) > 1, len(rates) > 1), pair, rate) for pair in pairs for rate in rates
    )
    labels = [arm.label for arm in arms]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise InvalidInputError(f"Arms of a comparison must differ; got {twice!r} twice.")
    return arms


def _rates(learning_rate: Any) -> list[float | None]:
    if isinstance(learning_rate, str):
        if learning_rate not in ("auto", "matched"):
            raise InvalidInputError(
                f"`learning_rate` must be 'auto', 'matched', a number > 0 or several; got {learning_rate!r}."
            )
        return [None]
    several = learning_rate if isinstance(learning_rate, Sequence) else [learning_rate]
    rates = []
    for rate in several:
        if isinstance(rate, bool | str) or not (isinstance(rate, int | float) and 0 < rate < float("inf")):
            raise InvalidInputError(
                f"`learning_rate` must be 'auto', 'matched', a number > 0 or several; got {rate!r}."
            )
        rates.append(float(rate))
    if not rates:
        raise InvalidInputError("`learning_rate` must be 'auto', 'matched', a number > 0 or several; got none.")
    return list(rates)


def _label(pair: Pointwise, rate: float | None, with_loss: bool, with_rate: bool) -> str:
    label = pair.activation.name
    if with_loss:
        label += f", {pair.loss.name.replace('_', ' ')}"
    if with_rate:
        label += f", η = {rate:g}"
    return label


__all__ = ["Arm", "make_arms"]
