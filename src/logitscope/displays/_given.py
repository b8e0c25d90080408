"""Whether a display was given what it draws, told by the attributes that it reads; it never knows what they hold."""

from typing import Any

from logitscope._exceptions import InvalidTypeError

_KINDS = {
    "log": ("an UpdateLog, such as `update_log_` after a fit with record=True", ("epoch", "z")),
    "ledger": ("a Ledger, such as `ledger_` after a fit with ledger=True", ("top",)),
    "scores": (
        "a TrainingDynamics, as `training_dynamics(log)` returns",
        ("variability", "confidence", "correctness"),
    ),
}


def check_given(kind: str, value: Any, name: str | None = None) -> None:
    """Refuse an argument of another kind.

    Parameters
    ----------
    kind : {"log", "ledger", "scores"}
    value : object
    name : str, optional
        Of the argument, where it is not that of the kind.

    Raises
    ------
    InvalidTypeError
        An attribute is missing.

    Examples
    --------
    >>> check_given("ledger", 3)
    Traceback (most recent call last):
    ...
    logitscope._exceptions.InvalidTypeError: `ledger` must be a Ledger, such as `ledger_` after a fit with ledger=True; got int.
    """  # noqa: E501
    words, attributes = _KINDS[kind]
    if any(getattr(value, attribute, None) is None for attribute in attributes):
        raise InvalidTypeError(f"`{name or kind}` must be {words}; got {type(value).__name__}.")


__all__ = ["check_given"]
