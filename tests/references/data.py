"""The public data sets of the certified references, read from the wheels of statsmodels and scikit-learn.

Knows files and columns; never knows a model. Nothing here computes with logarithms or scalings whose last bit could
differ between machines: `X`, `y` and `weights` are the very numbers in the files (or their 0/1 codes), as float64.
"""

import csv
import hashlib
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from sklearn import datasets as bundled


class Data(NamedTuple):
    X: np.ndarray  # (n_samples, n_features)
    y: np.ndarray  # (n_samples,), 0.0 or 1.0
    weights: np.ndarray  # (n_samples,), counts; ones where the rows are not grouped

    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of all numbers: changed data are noticed, not fitted."""
        parts = (np.ascontiguousarray(part, dtype="<f8").tobytes() for part in self)
        return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def _table(package: str, name: str, delimiter: str = ",") -> dict[str, list[str]]:
    """The columns of a CSV file as text: `float` reads the nearest double, which not every parser promises."""
    lines = (files(f"statsmodels.{package}") / name).read_text().splitlines()
    header, *rows = csv.reader(lines, delimiter=delimiter, quotechar="'" if "'" in lines[0] else '"')
    rows = [row for row in rows if row]  # one file ends in an empty line
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def _numbers(column: Iterable[str]) -> np.ndarray:
    return np.array([float(value) for value in column])


def _stack(table: dict[str, list[str]], *columns: str) -> np.ndarray:
    return np.column_stack([_numbers(table[column]) for column in columns])


def _but(table: dict[str, list[str]], *left_out: str) -> np.ndarray:
    return _stack(table, *(column for column in table if column not in left_out))


def _binary(X: np.ndarray, positive: np.ndarray) -> Data:
    return Data(X, np.asarray(positive, dtype=float), np.ones(len(X)))


def _grouped(X: object, successes: object, failures: object) -> Data:
    """Every group once with y = 1 and once with y = 0, weighted by its counts; zero counts stay."""
    X, successes, failures = (np.asarray(part, dtype=float) for part in (X, successes, failures))
    y = np.concatenate([np.ones(len(X)), np.zeros(len(X))])
    return Data(np.vstack([X, X]), y, np.concatenate([successes, failures]))


def _spector() -> Data:
    t = _table("datasets.spector", "spector.csv", " ")
    return _binary(_stack(t, "GPA", "TUCE", "PSI"), _numbers(t["GRADE"]) == 1)


def _fair() -> Data:
    t = _table("datasets.fair", "fair.csv")
    return _binary(_but(t, "affairs"), _numbers(t["affairs"]) > 0)


def _fair_pt() -> Data:
    t = _table("datasets.fair", "fair_pt.csv")
    return _binary(_but(t, "identifier", "constant", "naffairs"), _numbers(t["naffairs"]) > 0)


def _star98() -> Data:
    t = _table("datasets.star98", "star98.csv")
    tested, above = _numbers(t["MATHTOT"]), _numbers(t["PR50M"])
    return _grouped(_but(t, "MATHTOT", "PR50M"), above, tested - above)


def _anes96() -> Data:
    t = _table("datasets.anes96", "anes96.csv", "\t")
    return _binary(_but(t, "vote"), _numbers(t["vote"]) == 1)


def _heart() -> Data:
    t = _table("datasets.heart", "heart.csv")
    return _binary(_stack(t, "survival", "age"), _numbers(t["censors"]) == 1)


def _cancer() -> Data:
    t = _table("datasets.cancer", "cancer.csv")
    cases, population = _numbers(t["cancer"]), _numbers(t["population"])
    return _grouped(population[:, np.newaxis], cases, population - cases)


def _china_smoking() -> Data:
    t = _table("datasets.china_smoking", "china_smoking.csv")
    city = np.eye(len(t["Location"]))[:, 1:]
    X = np.vstack([np.column_stack([np.full(len(city), smoking), city]) for smoking in (1.0, 0.0)])
    cancer, healthy = (
        np.concatenate([_numbers(t[f"smoking_{smoking}_cancer_{outcome}"]) for smoking in ("yes", "no")])
        for outcome in ("yes", "no")
    )
    return _grouped(X, cancer, healthy)


def _ccard() -> Data:
    t = _table("datasets.ccard", "ccard.csv")
    return _binary(_but(t, "OWNRENT"), _numbers(t["OWNRENT"]) == 1)


def _modechoice() -> Data:
    t = _table("datasets.modechoice", "modechoice.csv", ";")
    return _binary(_but(t, "individual", "mode", "choice"), _numbers(t["choice"]) == 1)


def _randhie() -> Data:
    t = _table("datasets.randhie", "randhie.csv")
    return _binary(_but(t, "mdvis"), _numbers(t["mdvis"]) > 0)


def _birth_weight() -> Data:
    t = _table("genmod.tests.results", "stata_lbw_glm.csv")
    race = np.array([[value == "black", value == "other"] for value in t["race"]], dtype=float)
    X = np.column_stack([_stack(t, "age", "lwt", "smoke", "ptl", "ht", "ui"), race])
    return _binary(X, _numbers(t["low"]) == 1)


def _breast_cancer(n_features: int) -> Data:
    X, y = bundled.load_breast_cancer(return_X_y=True)
    return _binary(X[:, :n_features], y == 1)


def _iris() -> Data:
    X, y = bundled.load_iris(return_X_y=True)
    return _binary(X[y > 0], y[y > 0] == 2)


def _wine() -> Data:
    X, y = bundled.load_wine(return_X_y=True)
    keep = y > 0
    return _binary(X[keep][:, [0, 1, 2, 4]], y[keep] == 2)


def _diabetes_sex() -> Data:
    X, progression = bundled.load_diabetes(return_X_y=True, scaled=False)
    return _binary(np.column_stack([np.delete(X, 1, axis=1), progression]), X[:, 1] == 2)


def _digits() -> Data:
    """Eights against nines, in the twelve central pixels."""
    X, y = bundled.load_digits(return_X_y=True)
    keep = y >= 8
    pixels = [18, 19, 20, 21, 26, 27, 28, 29, 43, 44, 45, 51]
    return _binary(X[keep][:, pixels], y[keep] == 9)


DATASETS: dict[str, Callable[[], Data]] = {
    "spector": _spector,
    "fair": _fair,
    "fair_pt": _fair_pt,
    "star98": _star98,
    "anes96": _anes96,
    "heart": _heart,
    "cancer": _cancer,
    "china_smoking": _china_smoking,
    "ccard": _ccard,
    "modechoice": _modechoice,
    "randhie": _randhie,
    "birth_weight": _birth_weight,
    "breast_cancer_5": lambda: _breast_cancer(5),
    "breast_cancer_10": lambda: _breast_cancer(10),
    "breast_cancer_30": lambda: _breast_cancer(30),
    "iris": _iris,
    "wine": _wine,
    "diabetes_sex": _diabetes_sex,
    "digits": _digits,
}
