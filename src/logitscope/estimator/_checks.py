"""Checks of the estimator's parameters, each with the sentence that says what is allowed.

It reads parameters; it never knows data.
"""

import math
from collections.abc import Iterable
from functools import cache
from numbers import Integral, Real
from typing import Any

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, unknown_name
from logitscope.optimizers import OPTIMIZERS, get_optimizer
from logitscope.recording import UpdateRecorder
from logitscope.solvers import SOLVERS, Solver


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(kind._get_param_names())


def parameters_of(estimator: Any) -> dict[str, Any]:
    """Return the parameters by name; scikit-learn would read the signature anew each time."""
    kind: Any = type(estimator)
    return {name: getattr(estimator, name) for name in _names(kind)}


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
    for name in ("fit_intercept", "warm_start", "early_stopping", "shuffle", "ledger"):
        if not isinstance(parameters[name], bool | np.bool_):
            raise InvalidInputError(f"`{name}` must be True or False; got {parameters[name]!r}.")
    if not isinstance(parameters["verbose"], bool | np.bool_):
        _integer(parameters, "verbose", 0)
    _class_weight(parameters["class_weight"])
    _random_state(parameters["random_state"])
    if not isinstance(parameters["record"], bool | np.bool_ | UpdateRecorder):
        raise InvalidInputError(f"`record` must be True, False or an UpdateRecorder; got {parameters['record']!r}.")
    if parameters["penalty"] not in (None, "firth"):
        raise InvalidInputError(
            f"`penalty` must be None or 'firth'; got {parameters['penalty']!r}."
            " L2 and L1 are set by `alpha` and `l1_ratio`."
        )
    if parameters["on_separation"] not in ("warn", "raise", "ignore"):
        raise unknown_name("on_separation", parameters["on_separation"], ("warn", "raise", "ignore"))
    init = parameters["init"]
    if isinstance(init, str) and init not in ("zeros", "normal"):
        raise unknown_name("init", init, ("zeros", "normal"))


def _class_weight(weights: Any) -> None:
    if weights is None or (isinstance(weights, str) and weights == "balanced"):
        return
    if not isinstance(weights, dict):
        raise InvalidInputError(f"`class_weight` must be 'balanced', a dict or None; got {weights!r}.")
    for label, weight in weights.items():
        if not (isinstance(weight, Real) and 0 <= float(weight) < np.inf):
            raise InvalidInputError(
                f"`class_weight` must hold finite numbers >= 0; got {weight!r} for class {label!r}."
            )


def _random_state(seed: Any) -> None:
    if seed is None or isinstance(seed, np.random.Generator | np.random.RandomState):
        return
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= int(seed) < 2**32:
        raise InvalidInputError(
            f"`random_state` must be None, an integer from 0 to {2**32 - 1}, a Generator or a RandomState;"
            f" got {seed!r}."
        )


def check_observers(observers: Any) -> Any:
    """Return observers; refuse what cannot observe."""
    if not isinstance(observers, Iterable):
        raise InvalidInputError(
            f"`observers` must be a list of objects with a method observe(step); got {observers!r}."
        )
    observers = list(observers)
    for observer in observers:
        if not callable(getattr(observer, "observe", None)):
            raise InvalidInputError(f"`observers` must be objects with a method observe(step); got {observer!r}.")
    return observers


def resolve_solver(solver: Any) -> Any:
    """Return an optimizer or a full-batch solver, by name or as it is."""
    if isinstance(solver, str):
        if solver in SOLVERS:
            return SOLVERS[solver]()
        if solver not in OPTIMIZERS:
            raise unknown_name("solver", solver, [*OPTIMIZERS, *SOLVERS])
    elif is_solver(solver):
        return solver
    try:
        return get_optimizer(solver)
    except InvalidInputError as error:  # it cannot know under which name the optimizer was given
        raise type(error)(str(error).replace("`optimizer`", "`solver`", 1)) from None


def is_solver(method: Any) -> bool:
    """Whether a method owns its iteration; to look for every part of the protocol takes longer than to know our own."""
    if isinstance(method, type):  # a class has all that its instances have
        return False
    kind = type(method)
    return kind in SOLVERS.values() or (kind not in OPTIMIZERS.values() and isinstance(method, Solver))


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


def can_stream(estimator: Any) -> bool:
    """Tell whether rows may come a batch at a time; refuse a solver whose steps forget those before."""
    try:
        solver = resolve_solver(estimator.solver)
    except InvalidInputError:  # which the call will tell
        return True
    if is_solver(solver):
        raise IncompatibleError(
            f"Cannot use `partial_fit` with `solver={solver.name!r}`: each of its steps is to the optimum of the rows"
            f" at hand, and forgets those before. Use {', '.join(map(repr, OPTIMIZERS))}."
        )
    return True


def refuse_ledger(solver: Any, early_stopping: bool) -> None:
    """Refuse a ledger of runs whose parameters are not one number a sample."""
    if is_solver(solver):
        raise IncompatibleError(
            f"Cannot use `ledger=True` with `solver={solver.name!r}`: all samples together make each of its steps, so"
            " that none is a sum of the samples' own. Use 'gd', 'sgd', 'momentum' or 'nesterov'."
        )
    if early_stopping:
        raise IncompatibleError(
            "Cannot use `ledger=True` with `early_stopping=True`: the parameters of an earlier epoch are restored, and"
            " the account is of the last step. Set early_stopping=False and max_iter to the epoch that was best."
        )


def _is_real(value: Any) -> bool:
    if not isinstance(value, float) and (not isinstance(value, Real) or isinstance(value, bool | np.bool_)):
        return False
    try:
        return not math.isnan(value)
    except OverflowError:  # an integer beyond all floats
        return False


def _integer(parameters: dict[str, Any], name: str, least: int) -> None:
    value = parameters[name]
    if not isinstance(value, int | Integral) or isinstance(value, bool) or value < least:
        raise InvalidInputError(f"`{name}` must be an integer >= {least}; got {value!r}.")


def _real(parameters: dict[str, Any], name: str, least: float, most: float) -> None:
    value = parameters[name]
    if not _is_real(value) or not least <= value <= most or math.isinf(value):
        bound = f">= {least}" if most == np.inf else f"from {least} to {most}"
        raise InvalidInputError(f"`{name}` must be a finite number {bound}; got {value!r}.")


__all__ = [
    "can_stream",
    "check_observers",
    "check_parameters",
    "is_solver",
    "parameters_of",
    "refuse_batches",
    "refuse_ledger",
    "resolve_solver",
]
