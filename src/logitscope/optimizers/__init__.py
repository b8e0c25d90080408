"""Update rules: what to add to the parameters, given the gradient and what the rule remembers.

No rule here knows the data, the pre-activation, the loss or who records it.
"""

from __future__ import annotations

from logitscope._exceptions import InvalidInputError, unknown_name
from logitscope.optimizers._adagrad import AdaGrad
from logitscope.optimizers._adam import Adam
from logitscope.optimizers._base import Optimizer
from logitscope.optimizers._clipped import Clipped
from logitscope.optimizers._constant import constant_descent, counted
from logitscope.optimizers._gradient_descent import SGD, GradientDescent
from logitscope.optimizers._momentum import Momentum, Nesterov
from logitscope.optimizers._rmsprop import RMSprop
from logitscope.optimizers._schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    InverseTime,
    Schedule,
    StepDecay,
)
from logitscope.optimizers._traits import factors, is_diagonal, rates, remembers, take_columns

OPTIMIZERS: dict[str, type[Optimizer]] = {
    rule.name: rule for rule in (GradientDescent, SGD, Momentum, Nesterov, AdaGrad, RMSprop, Adam)
}

_NEEDED = (
    "name",
    "default_batch_size",
    "rate_exponent",
    "learning_rate",
    "schedule",
    "init",
    "update",
    "gradient_factor",
    "rate",
    "natural_rate",
)


def get_optimizer(optimizer: str | Optimizer) -> Optimizer:
    """Return the update rule of a name, or the update rule itself.

    Parameters
    ----------
    optimizer : str or Optimizer
        A key of `OPTIMIZERS`, or an object with the attributes of `Optimizer`.

    Returns
    -------
    Optimizer
        With a learning rate of None if it was named.

    Raises
    ------
    UnknownNameError
        If the name is not in the registry.
    InvalidInputError
        If the object is no update rule.

    Examples
    --------
    >>> get_optimizer("nesterov")
    Nesterov(learning_rate=None, momentum=0.9, schedule=Constant())
    >>> get_optimizer(Adam(learning_rate=0.01)).learning_rate
    0.01
    """
    if isinstance(optimizer, str):
        if optimizer not in OPTIMIZERS:
            raise unknown_name("optimizer", optimizer, OPTIMIZERS)
        return OPTIMIZERS[optimizer]()
    if isinstance(optimizer, type):
        raise InvalidInputError(
            f"`optimizer` must be a name or an instance; got the class {optimizer.__name__}. "
            f"Write {optimizer.__name__}()."
        )
    missing = [needed for needed in _NEEDED if not hasattr(optimizer, needed)]
    if missing:
        raise InvalidInputError(
            f"`optimizer` must be a name or an object with {', '.join(f'`{name}`' for name in _NEEDED)}; "
            f"got {optimizer!r}, which has no {', '.join(f'`{name}`' for name in missing)}."
        )
    return optimizer


__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "AdaGrad",
    "Adam",
    "Clipped",
    "Constant",
    "Cosine",
    "Exponential",
    "GradientDescent",
    "InverseTime",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "Schedule",
    "StepDecay",
    "constant_descent",
    "counted",
    "factors",
    "get_optimizer",
    "is_diagonal",
    "rates",
    "remembers",
    "take_columns",
]
