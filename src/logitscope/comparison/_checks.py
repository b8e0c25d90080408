"""What compare and sweep refuse alike: solvers without a learning rate, and counts that are none.

It reads arguments; it never knows data.
"""

from numbers import Integral
from typing import Any

from logitscope._exceptions import IncompatibleError, InvalidInputError, unknown_name
from logitscope.optimizers import OPTIMIZERS
from logitscope.solvers import SOLVERS, Solver


def check_optimizer(solver: Any, where: str, why: str) -> None:
    """Refuse a solver that has no learning rate, and unknown names.

    Raises
    ------
    IncompatibleError
        A solver; `where` and `why` say what needs an optimizer.
    UnknownNameError
        A name that is no optimizer's.
    """
    if isinstance(solver, Solver) or (isinstance(solver, str) and solver in SOLVERS):
        name = solver if isinstance(solver, str) else solver.name
        raise IncompatibleError(
            f"Cannot use `solver={name!r}` in {where}: it needs no learning rate, and {why}."
            f" Choose one of {', '.join(map(repr, sorted(OPTIMIZERS)))}."
        )
    if isinstance(solver, str) and solver not in OPTIMIZERS:
        raise unknown_name("solver", solver, OPTIMIZERS)


def check_count(name: str, value: Any) -> None:
    """Refuse what is no integer of 1 or more."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InvalidInputError(f"`{name}` must be an integer >= 1; got {value!r}.")


__all__ = ["check_count", "check_optimizer"]
