"""Attributes that a fit leaves only if it was asked for them: where one is missing, it says how to ask.

It never holds a value: what a fit leaves lies in the instance and hides it.
"""

from __future__ import annotations

from typing import Any


class AskedFor:
    """An attribute that `hasattr` does not find, and whose error names the parameter.

    Parameters
    ----------
    parameter : str
        What to set to True.

    Examples
    --------
    >>> class Model:
    ...     record = False
    ...     log_ = AskedFor("record")
    >>> hasattr(Model(), "log_")
    False
    >>> Model().log_
    Traceback (most recent call last):
    ...
    AttributeError: `log_` must be asked for before the fit; got record=False. Set record=True and fit.
    """

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> AskedFor:
        if instance is None:
            return self  # of the class, as help() shows it
        value = getattr(instance, self._parameter)
        if value:
            raise AttributeError(
                f"{owner.__name__!r} object has no attribute {self._name!r}: there is none without a fit that made it."
            )
        raise AttributeError(
            f"`{self._name}` must be asked for before the fit; got {self._parameter}={value!r}. Set"
            f" {self._parameter}=True and fit."
        )


__all__ = ["AskedFor"]
