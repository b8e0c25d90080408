"""Activations: one φ (or one family) a file, each a function of z alone, and the registry of their names.

Nothing here knows labels, data, weights or any loss.
"""

from __future__ import annotations

from typing import Any

from logitscope._exceptions import unknown_name
from logitscope.activations._algebraic import Algebraic
from logitscope.activations._audit import AuditReport, Finding, check_activation
from logitscope.activations._base import Activation
from logitscope.activations._cauchit import Cauchit
from logitscope.activations._custom import CustomActivation
from logitscope.activations._gumbel import CLogLog, LogLog
from logitscope.activations._hard import Hard
from logitscope.activations._probit import Probit
from logitscope.activations._sigmoid import Sigmoid
from logitscope.activations._softmax import Softmax
from logitscope.activations._softsign import Softsign
from logitscope.activations._tanh import Tanh

ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Sigmoid(),
        Tanh(),
        Probit(),
        Cauchit(),
        Softsign(),
        Algebraic(),
        CLogLog(),
        LogLog(),
        Hard(),
        Softmax(),
    )
}


def get_activation(activation: Any) -> Activation:
    """Return the activation of that name, or the one that an object describes.

    Parameters
    ----------
    activation : str, Activation or object
        A name in `ACTIVATIONS`; an activation, which is returned as it is; or any object with methods
        `value` and `derivative` and numbers `lower` and `upper`.

    Raises
    ------
    UnknownNameError
        If the name is not in the registry.
    InvalidInputError
        If the object lacks something; the message says what.

    Examples
    --------
    >>> get_activation("tanh")
    Tanh()
    """
    if isinstance(activation, Activation):
        return activation
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise unknown_name("activation", activation, ACTIVATIONS)
        return ACTIVATIONS[activation]
    return CustomActivation(activation)


__all__ = [
    "ACTIVATIONS",
    "Activation",
    "AuditReport",
    "CustomActivation",
    "Finding",
    "check_activation",
    "get_activation",
]
