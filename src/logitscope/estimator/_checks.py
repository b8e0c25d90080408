"""Checks of the estimator's parameters, each with the sentence that says what is allowed.

It reads parameters; it never knows data.
"""

from numbers import Integral, Real
from typing import Any

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, unknown_name
from logitscope.optimizers import OPTIMIZERS, get_optimizer
from logitscope.recording import UpdateRecorder
from logitscope.solvers import SOLVERS, Solver


def check_parameters(parameters: dict[str, Any]) -> None:
    """Refuse values that no run could use.

    Raises
    ------
    InvalidInputError
        Naming the parameter, what it must be and what it is.
    """
    _integer(parameters, "max_iter", 1)
    _integer(parameters, "n_iter_no_change", 1)
    if parameters["batch_size"] is not None:
        _integer(parameters, "batch_size", 1)
    _real(parameters, "tol", 0, np.inf)
    _real(parameters, "alpha", 0, np.inf)
    _real(parameters, "l1_ratio", 0, 1)
    if not (_is_real(parameters["validation_fraction"]) and 0 < parameters["validation_fraction"] < 1):
        raise InvalidInputError(
            f"`validation_fraction` must be a number between 0 and 1; got {parameters['validation_fraction']!r}."
        )
    if not isinstance(parameters["record"], bool | np.bool_ | UpdateRecorder):
        raise InvalidInputError(f"`record` must be True, False or an UpdateRecorder; got {parameters['record']!r}.")
    init = parameters["init"]
    if isinstance(init, str) and init not in ("zeros", "normal"):
        raise unknown_name("init", init, ("zeros", "normal"))


def resolve_solver(solver: Any) -> Any:
    """Return an optimizer or a full-batch solver, by name or as it is."""
    if isinstance(solver, str):
        if solver in SOLVERS:
            return SOLVERS[solver]()
        if solver not in OPTIMIZERS:
            raise unknown_name("solver", solver, [*OPTIMIZERS, *SOLVERS])
    elif isinstance(solver, Solver):
        return solver
    return get_optimizer(solver)


def refuse_batches(solver: Any, batch_size: int | None, learning_rate: Any) -> None:
    """Refuse settings of descent for a solver that owns its iteration."""
    if batch_size is not None:
        raise IncompatibleError(
            f"Cannot use `batch_size={batch_size}` with `solver={solver.name!r}`: it needs all rows at every step."
            " Leave batch_size=None or choose an optimizer."
        )
    if not (isinstance(learning_rate, str) and learning_rate == "auto"):
        raise IncompatibleError(
            f"Cannot use `learning_rate={learning_rate!r}` with `solver={solver.name!r}`: it finds its own step."
            " Leave learning_rate='auto' or choose an optimizer."
        )


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_) and not np.isnan(float(value))


def _integer(parameters: dict[str, Any], name: str, least: int) -> None:
    value = parameters[name]
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise InvalidInputError(f"`{name}` must be an integer >= {least}; got {value!r}.")


def _real(parameters: dict[str, Any], name: str, least: float, most: float) -> None:
    value = parameters[name]
    if not _is_real(value) or not least <= value <= most or not np.isfinite(value):
        bound = f">= {least}" if most == np.inf else f"from {least} to {most}"
        raise InvalidInputError(f"`{name}` must be a finite number {bound}; got {value!r}.")


__all__ = ["check_parameters", "refuse_batches", "resolve_solver"]
