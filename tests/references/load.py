"""The certified references beside their data: `cases()`, `penalised_cases()` and the fits that have none.

Knows the stored file and the wheels' data; never computes a fit.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tests.references import penalised
from tests.references.data import DATASETS, Data

_PATH = Path(__file__).with_name("references.json")


@dataclass(frozen=True, eq=False)
class Case:
    """An unpenalised maximum-likelihood fit with an intercept; every number is the nearest double."""

    name: str  # of the data set
    X: np.ndarray  # (n_samples, n_features)
    y: np.ndarray  # (n_samples,), 0.0 or 1.0
    weights: np.ndarray  # (n_samples,), ones unless grouped
    activation: str
    coef: np.ndarray  # (n_features,)
    intercept: float
    se_expected: np.ndarray  # (n_features + 1,), intercept last
    se_observed: np.ndarray  # (n_features + 1,), intercept last
    log_likelihood: float  # Σ s log p, without binomial coefficients
    written: dict[str, list[str] | str]  # the same with 25 significant digits; params has the intercept last

    def __str__(self) -> str:
        return f"{self.name}-{self.activation}"


@dataclass(frozen=True, eq=False)
class PenalisedCase:
    """A fit with ridge or elastic net; the intercept is not penalised. With softmax: one row a class."""

    name: str
    X: np.ndarray
    y: np.ndarray  # (n_samples,): 0.0 or 1.0; class codes with softmax
    weights: np.ndarray
    activation: str  # sigmoid or softmax
    alpha: float
    l1_ratio: float
    coef: np.ndarray  # (n_features,); (n_classes, n_features) with softmax
    intercept: float | np.ndarray  # (n_classes,) with softmax, summing to 0
    objective: float
    written: dict[str, list[str] | str]

    def __str__(self) -> str:
        return self.name


@cache
def _content() -> dict[str, dict]:
    return json.loads(_PATH.read_text())


@cache
def _data(name: str) -> Data:
    data = DATASETS[name]()
    if data.digest() != _content()["data"][name]:
        raise ValueError(f"the wheels' `{name}` is not the data that the references were computed from")
    for part in data:
        part.flags.writeable = False
    return data


def cases(*activations: str, data: str | None = None) -> list[Case]:
    """All reference fits, or those of the named activations and data set."""
    return [
        _case(name, activation, stored)
        for name, fits in _content()["fits"].items()
        for activation, stored in fits.items()
        if (not activations or activation in activations) and data in (None, name)
    ]


def left_out() -> dict[str, str]:
    """ "data activation" -> why there is no reference: separable, or more than one maximum."""
    return dict(_content()["left_out"])


def _case(name: str, activation: str, stored: dict) -> Case:
    *coef, intercept = (float(value) for value in stored["params"])
    errors = {key: np.array([float(value) for value in stored[key]]) for key in ("se_expected", "se_observed")}
    return Case(
        name,
        *_data(name),
        activation=activation,
        coef=np.array(coef),
        intercept=intercept,
        **errors,
        log_likelihood=float(stored["log_likelihood"]),
        written=stored,
    )


def penalised_cases() -> list[PenalisedCase]:
    """Ridge, lasso and elastic net for the sigmoid, and softmax with ridge."""
    stored = _content()["penalised"]
    binary = [_penalised(name, problem, stored[name]) for name, problem in penalised.PROBLEMS.items()]
    return [*binary, _softmax(stored["softmax"])]


def _penalised(name: str, problem: penalised.Problem, stored: dict) -> PenalisedCase:
    _data(problem.data)
    *coef, intercept = (float(value) for value in stored["params"])
    return PenalisedCase(
        name,
        *problem.load(),
        "sigmoid",
        problem.alpha,
        problem.l1_ratio,
        np.array(coef),
        intercept,
        float(stored["objective"]),
        stored,
    )


def _softmax(stored: dict) -> PenalisedCase:
    X, y = penalised.iris()
    params = np.array([float(value) for value in stored["params"]]).reshape(-1, X.shape[1] + 1)
    return PenalisedCase(
        "softmax",
        X,
        y,
        np.ones(len(y)),
        "softmax",
        penalised.SOFTMAX_ALPHA,
        0.0,
        params[:, :-1],
        params[:, -1],
        float(stored["objective"]),
        stored,
    )
