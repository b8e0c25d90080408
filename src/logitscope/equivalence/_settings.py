"""A whole setting rewritten, parameter by parameter, or the reason why one of them cannot be.

It knows what each parameter of `LogisticRegression` has for units; it never knows data, and never trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, unknown_name
from logitscope.activations import get_activation
from logitscope.equivalence._equivalent import Change, Equivalent
from logitscope.equivalence._optimizers import RewrittenRule, rewrite_rule
from logitscope.equivalence._rescaling import Rescaling, find_rescaling
from logitscope.equivalence._units import Units, measure, shares_curvature
from logitscope.losses import get_loss
from logitscope.optimizers import OPTIMIZERS, Optimizer, get_optimizer
from logitscope.pointwise import Pointwise
from logitscope.solvers import SOLVERS, Solver

# What a parameter is that a dict does not name: the defaults of `LogisticRegression`, which is on a higher floor.
DEFAULTS: dict[str, Any] = {
    "activation": "sigmoid",
    "loss": "cross_entropy",
    "solver": "gd",
    "learning_rate": "auto",
    "alpha": 0.0,
    "l1_ratio": 0.0,
    "init": "zeros",
    "tol": 1e-6,
    "early_stopping": False,
    "class_weight": None,
    "penalty": None,
    "warm_start": False,
}
# The others have no units, and stay as they are.
UNCHANGED = frozenset(
    {
        "batch_size",
        "fit_intercept",
        "ledger",
        "max_iter",
        "n_iter_no_change",
        "on_separation",
        "random_state",
        "record",
        "shuffle",
        "validation_fraction",
        "verbose",
    }
)


def equivalent(
    settings: Any, activation: Any = "sigmoid", *, loss: Any = None, rescalings: Sequence[Rescaling] = ()
) -> Equivalent:
    """Rewrite settings for another activation such that every step of the run is the same in other units.

    Parameters
    ----------
    settings : LogisticRegression, or dict of its parameters
        Not changed, and not fitted. What a dict does not name has its default value.
    activation : str or object
        Of which that of the settings is a rescaling, φ(z) = c·φ′(kz) + d.
    loss : str or object, optional
        The new loss, a multiple of the old one as a function of p; by default the same function of the output, which
        for "squared_error" is c² times as large.
    rescalings : sequence of Rescaling
        Relations of your own activations. Chains and inverses are found.

    Returns
    -------
    Equivalent
        `settings` of the kind that was given, the table of changes, and what coincides. Two runs coincide if their
        seeds do: a `random_state` of None is another one each time.

    Raises
    ------
    IncompatibleError
        Where no settings make the same run; the message says which parameter stands in the way, and why.

    Notes
    -----
    With z′ = kz, w′ = kw and ℓ = sℓ′: gradients are s|k| and curvatures sk² times the new ones. An ℓ₂ penalty is
    divided by sk², an ℓ₁ penalty by s|k|. A learning rate is multiplied by sk² for rules that are linear in the
    gradient, and by |k| for those that divide its size out; ε and clipping limits are divided by s|k|. Every rule, one
    of your own too, is tried on gradients of all sizes before this is said of it. Only divergence is judged in units
    of the loss: with s ≠ 1, a run that blows up may be stopped at another epoch.

    Examples
    --------
    >>> import logitscope as ls
    >>> clf = ls.LogisticRegression("tanh", solver="sgd", learning_rate=0.1, alpha=0.01, random_state=0)
    >>> rewritten = equivalent(clf, activation="sigmoid")
    >>> rewritten.settings
    LogisticRegression(alpha=0.0025, learning_rate=0.4, random_state=0,
                       solver='sgd', tol=5e-07)
    >>> equivalent({"activation": "tanh", "loss": "squared_error", "learning_rate": 0.1}).settings["learning_rate"]
    1.6
    """
    values = _values(settings)
    old = Pointwise(get_activation(values["activation"]), get_loss(values["loss"]))
    new = Pointwise(get_activation(activation), old.loss if loss is None else get_loss(loss))
    rescaling = find_rescaling(new.activation, old.activation, _checked(rescalings))
    units = measure(old, new, rescaling)
    changes = [Change("activation", values["activation"], activation, f"{rescaling.equation}")]
    if loss is not None and new.loss != old.loss:
        changes.append(Change("loss", values["loss"], loss, f"{old.loss.name} is {units.loss:g} times it"))
    if units == Units(1.0, 1.0):
        changes = [change for change in changes if not _same(change.before, change.after)]
    rule = _rule(values["solver"])
    if rule is not None:
        changes += _descent(values, rule, old, new, units)
        changes += _start(values, units)
        changes += _ending(values, units)
    changes += _penalty(values, units)
    changes += _classes(values, rescaling)
    changed = {change.name: change.after for change in changes}
    return Equivalent(
        _with(settings, changed),
        tuple(changes),
        units.slope,
        units.loss,
        rescaling.is_mirrored,
        rule is not None,
        _reason(old, new, units, rescaling, rule is not None),
    )


def _values(settings: Any) -> dict[str, Any]:
    if isinstance(settings, Mapping):
        unknown = [name for name in settings if name not in DEFAULTS and name not in UNCHANGED]
        if unknown:
            names = ", ".join(map(repr, sorted(UNCHANGED.union(DEFAULTS))))
            raise InvalidInputError(
                f"`settings` must name parameters of LogisticRegression; got {unknown[0]!r}. They are {names}."
            )
        return DEFAULTS | dict(settings)
    if isinstance(settings, type) or not callable(getattr(settings, "get_params", None)):
        raise InvalidInputError(
            f"`settings` must be a LogisticRegression or a dict of its parameters; got {settings!r}."
        )
    values = DEFAULTS | settings.get_params(deep=False)
    if values["warm_start"] and hasattr(settings, "coef_"):
        raise IncompatibleError(
            "Cannot rewrite a fitted model with `warm_start=True`: where it goes on from is no parameter."
            " Set warm_start=False, or give `init`."
        )
    return values


def _checked(rescalings: Any) -> Sequence[Rescaling]:
    if isinstance(rescalings, Rescaling) or not isinstance(rescalings, Iterable):
        raise InvalidInputError(f"`rescalings` must be a list of Rescaling; got {rescalings!r}.")
    given = list(rescalings)
    for one in given:
        if not isinstance(one, Rescaling):
            raise InvalidInputError(f"`rescalings` must be a list of Rescaling; got {one!r} in it.")
    return given


def _rule(solver: Any) -> Optimizer | None:
    """Return the update rule, or None for a solver that finds its own steps."""
    if isinstance(solver, Solver) or (isinstance(solver, str) and solver in SOLVERS):
        return None
    if isinstance(solver, str) and solver not in OPTIMIZERS:
        raise unknown_name("solver", solver, [*OPTIMIZERS, *SOLVERS])
    return get_optimizer(solver)


def _descent(values: dict[str, Any], rule: Optimizer, old: Pointwise, new: Pointwise, units: Units) -> Iterable[Change]:
    """Rewrite the rule and its learning rate."""
    rewritten = rewrite_rule(rule, units)
    optimizer = rewritten.optimizer
    why = _rate_words(rewritten, units)
    own = rule.learning_rate
    if own is not None:
        optimizer = replace(optimizer, learning_rate=np.multiply(own, rewritten.rate)[()])
    elif isinstance(values["learning_rate"], str):
        _check_auto(rule, old, new, units, rewritten.rate)
    elif rewritten.rate != 1.0:
        rate = np.multiply(values["learning_rate"], rewritten.rate)
        yield Change("learning_rate", values["learning_rate"], rate if np.ndim(rate) else float(rate), why)
    if optimizer != rule:
        words = [why] if own is not None else []
        if rewritten.optimizer != rule:
            words.append(f"limits in units of the gradient × {units.gradient:g}")
        yield Change("solver", values["solver"], optimizer, "; ".join(words))


def _rate_words(rewritten: RewrittenRule, units: Units) -> str:
    if rewritten.degree == 1:
        return f"η × {rewritten.rate:g}: in units of 1/curvature, which is {units.curvature:g} times the new one"
    if rewritten.degree == 0:
        return f"η × {rewritten.rate:g}: in units of the parameters, as the gradient's size is divided out"
    return f"η × {rewritten.rate:g}: tried on gradients of all sizes"


def _check_auto(rule: Optimizer, old: Pointwise, new: Pointwise, units: Units, rate: float) -> None:
    """Refuse "auto" where the rate that it takes is not the one that is needed."""
    if not shares_curvature(old, new, units):
        what = "the curvature bounds of the two pairs are not known to have the ratio of their units"
    elif not np.isclose(units.curvature**rule.rate_exponent, rate, rtol=1e-12):
        ratio = units.curvature**rule.rate_exponent
        what = f"for {rule.name} it would change by a factor {ratio:g}, and {rate:g} is needed"
    else:
        return
    raise IncompatibleError(
        f"Cannot rewrite `learning_rate='auto'` of {old.activation.name} with {old.loss.name} for"
        f" {new.activation.name}: {what}. Give a number: a fitted model says in `learning_rate_` which one it took."
    )


def _start(values: dict[str, Any], units: Units) -> Iterable[Change]:
    init = values["init"]
    if units.slope == 1.0 or (isinstance(init, str) and init == "zeros"):
        return
    if isinstance(init, str):
        raise IncompatibleError(
            f"Cannot rewrite `init={init!r}`: it draws the same numbers in any units, and {units.slope:g} times as"
            " large ones are needed. Give an array, such as"
            " 0.1 * np.random.default_rng(0).standard_normal((n_features + 1, n_columns))."
        )
    yield Change("init", init, units.slope * np.asarray(init, dtype=np.float64), f"parameters × {units.slope:g}")


def _ending(values: dict[str, Any], units: Units) -> Iterable[Change]:
    tol = values["tol"]
    if tol == 0 or units.gradient == 1.0 == units.loss:
        return
    if values["early_stopping"] and not np.isclose(units.gradient, 1 / units.loss, rtol=1e-12):
        raise IncompatibleError(
            "Cannot rewrite `tol` with `early_stopping=True`: it is in units of the gradient, × "
            f"{units.gradient:g}, and in units of the held-out loss, × {1 / units.loss:g}. Set tol=0."
        )
    yield Change("tol", tol, tol * units.gradient, f"in units of the gradient, × {units.gradient:g}")


def _penalty(values: dict[str, Any], units: Units) -> Iterable[Change]:
    alpha, ratio = float(values["alpha"]), float(values["l1_ratio"])
    if values["penalty"] is not None:  # Jeffreys' prior: log det of the information, which units move by a constant
        if units.loss != 1.0:
            raise IncompatibleError(f"Cannot rewrite `penalty={values['penalty']!r}`: it needs the loss as it is.")
        return
    l1, l2 = alpha * ratio * units.gradient, alpha * (1 - ratio) / units.curvature
    if alpha == 0 or l1 + l2 == alpha:
        return
    words = []
    if l2:
        words.append(f"L2 / {units.curvature:g}, the curvature's units")
    if l1:
        words.append(f"L1 / {1 / units.gradient:g}, the gradient's units")
    yield Change("alpha", alpha, l1 + l2, "; ".join(words))
    if l1 and l2:
        yield Change("l1_ratio", ratio, l1 / (l1 + l2), "the two parts have different units")


def _classes(values: dict[str, Any], rescaling: Rescaling) -> Iterable[Change]:
    """Exchange what is said of the two classes, if they change places."""
    if not rescaling.is_mirrored:
        return
    if values["early_stopping"]:
        raise IncompatibleError(
            "Cannot rewrite `early_stopping=True` for a mirror image: the rows to hold out are drawn class by class,"
            " and the classes change places. Set early_stopping=False."
        )
    weights = values["class_weight"]
    if not isinstance(weights, Mapping):
        return
    if len(weights) != 2:
        raise IncompatibleError(
            f"Cannot rewrite `class_weight={dict(weights)!r}` for a mirror image: the classes change places, and it"
            " names not both. Give the weight of each."
        )
    (one, one_weight), (other, other_weight) = weights.items()
    yield Change("class_weight", weights, {one: other_weight, other: one_weight}, "the classes change places")


def _reason(old: Pointwise, new: Pointwise, units: Units, rescaling: Rescaling, is_exact: bool) -> str:
    what = "Every step coincides" if is_exact else "The optimum coincides, and the solver finds its own steps to it"
    words = f"{what}: w and z of {new.activation.name} are {units.slope:g} times those of {old.activation.name}"
    if units.loss != 1.0:
        words += f", its objective is 1/{units.loss:g} of the other's"
    if rescaling.is_mirrored:
        words += ", and it wants the labels of two classes exchanged, 1 - y"
    return words + "."


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, str) and one == other)


def _with(settings: Any, changed: dict[str, Any]) -> Any:
    if isinstance(settings, Mapping):
        return dict(settings) | changed
    from sklearn.base import clone

    return clone(settings).set_params(**changed)


__all__ = ["DEFAULTS", "equivalent"]
