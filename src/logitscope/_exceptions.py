"""Every error and warning that the package raises, and the one sentence for an unknown name.

All errors about values are `ValueError`s, so that code written for scikit-learn catches them. Nothing here knows who
raises them, nor what is in a registry.
"""

from collections.abc import Iterable
from typing import Any


class InvalidInputError(ValueError):
    """An argument or an array has a value that cannot be used."""


class InvalidTypeError(InvalidInputError, TypeError):
    """An argument or an entry is of a type that cannot be used."""


class UnknownNameError(InvalidInputError):
    """A name is in no registry."""


class IncompatibleError(InvalidInputError):
    """Two parts that are each valid cannot be used together."""


class RecordTooLargeError(InvalidInputError):
    """A record would exceed the memory that its recorder may use."""


class DatasetError(InvalidInputError):
    """A data file cannot be read as a table of numbers and labels."""


class FileFormatError(InvalidInputError):
    """A saved file is not what it should be."""


class SeparationError(InvalidInputError):
    """The classes are separated, so that the unpenalised objective has no minimum."""


class RankWarning(UserWarning):
    """Columns of the design depend on each other: some coefficients are not determined by the data."""


class MissingDependencyError(ImportError):
    """An optional package is needed and not installed."""


def require_pandas() -> Any:
    """Return pandas, or say how to get it."""
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingDependencyError("to_pandas needs pandas: pip install 'logitscope[pandas]'.") from error
    return pd


def unknown_name(argument: str, got: object, allowed: Iterable[str]) -> UnknownNameError:
    """Say which names `argument` may have.

    Examples
    --------
    >>> unknown_name("loss", "hinge", ["brier", "cross_entropy"])
    UnknownNameError("`loss` must be one of 'brier', 'cross_entropy'; got 'hinge'.")
    """
    names = ", ".join(repr(name) for name in sorted(allowed))
    return UnknownNameError(f"`{argument}` must be one of {names}; got {got!r}.")


__all__ = [
    "DatasetError",
    "FileFormatError",
    "IncompatibleError",
    "InvalidInputError",
    "InvalidTypeError",
    "MissingDependencyError",
    "RankWarning",
    "RecordTooLargeError",
    "SeparationError",
    "UnknownNameError",
    "require_pandas",
    "unknown_name",
]
