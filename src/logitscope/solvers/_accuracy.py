"""What an accuracy may be.

It never knows who is asked for one.
"""

from numbers import Real
from typing import Any

from logitscope._exceptions import InvalidInputError


def check_accuracy(accuracy: Any) -> None:
    """Refuse what is no share of an objective; None asks for rounding.

    Raises
    ------
    InvalidInputError
    """
    if accuracy is None:
        return
    if isinstance(accuracy, bool) or not isinstance(accuracy, Real) or not 0 < float(accuracy) < 1:
        raise InvalidInputError(
            "`accuracy` must be a number > 0 and < 1, the share of the objective that the end may be above the optimum"
            f" (1e-8 is 8 digits), or None to go on to rounding; got {accuracy!r}."
        )


__all__ = ["check_accuracy"]
