"""Losses ℓ(a, y) of an activation's output: value, derivative in a, and slopes in log p and log q.

A loss sees the output a, from both ends of its range, and the label y; it never sees z, the data or a learning rate.

With p the probability of class 1 and q = 1 − p (never computed by subtraction) every loss is a function of p and q:

=============  ==========================================  =============================
cross_entropy  −y log p − (1 − y) log q                    Good 1952; always of p, never of a raw tanh
squared_error  ½ (a − t)²,  t = lower + y (upper − lower)  the "MSE" of the playgrounds
brier          (p − y)²                                    Brier 1950
focal          −y q^γ log p − (1 − y) p^γ log q            Lin et al. 2017, eq. 4
=============  ==========================================  =============================

The slopes A = ∂ℓ/∂log p and B = ∂ℓ/∂log q (p and q taken as independent) make every gradient one line that
survives saturation, ∂ℓ/∂z = A h + B g, with h and g the hazards of the activation: no factor of it is 0·∞.
"""

from typing import Any

from logitscope._exceptions import InvalidInputError, unknown_name
from logitscope.losses._base import LogCurvatures, LogSlopes, Loss, Output
from logitscope.losses._cross_entropy import CrossEntropy
from logitscope.losses._custom import CustomLoss
from logitscope.losses._focal import Focal
from logitscope.losses._squared import Brier, SquaredError

LOSSES: dict[str, Loss] = {loss.name: loss for loss in (CrossEntropy(), SquaredError(), Brier(), Focal())}


def get_loss(loss: str | Loss | Any) -> Loss:
    """Return a loss by name, a loss as it is, or a user's own object with `value(a, t)` and `derivative(a, t)`.

    Raises
    ------
    UnknownNameError
        A name that is not in `LOSSES`.
    InvalidInputError
        An object without `value` and `derivative`, or a class in place of its instance.

    Examples
    --------
    >>> get_loss("brier")
    Brier()
    """
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise unknown_name("loss", loss, LOSSES)
        return LOSSES[loss]
    if isinstance(loss, type):
        raise InvalidInputError(
            f"`loss` must be a name or an instance; got the class {loss.__name__}. Write {loss.__name__}()."
        )
    if isinstance(loss, Loss):
        return loss
    if callable(getattr(loss, "value", None)) and callable(getattr(loss, "derivative", None)):
        return CustomLoss(loss)
    raise InvalidInputError(
        "`loss` must be a name or an object with methods value(a, t) and derivative(a, t); "
        f"got {loss!r}. The names are {', '.join(map(repr, sorted(LOSSES)))}."
    )


__all__ = [
    "LOSSES",
    "Brier",
    "CrossEntropy",
    "CustomLoss",
    "Focal",
    "LogCurvatures",
    "LogSlopes",
    "Loss",
    "Output",
    "SquaredError",
    "get_loss",
]
