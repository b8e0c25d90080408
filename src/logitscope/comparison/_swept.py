"""What a sweep found: one row a model, the curves, and the best.

It reads a finished run; it never trains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import require_pandas
from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.comparison._grid import Point
from logitscope.comparison._squad import Squad
from logitscope.comparison._text import aligned, fixed
from logitscope.status import Status

_SHOWN = 20  # rows of a table that is printed


class Best(NamedTuple):
    """One model of a sweep, ready to be used."""

    index: int  # type: ignore[assignment]  # hides tuple.index
    """Its row."""
    settings: dict[str, Any]
    """What the grid says of it."""
    estimator: dict[str, Any]
    """Parameters with which ``LogisticRegression(**estimator).fit(X, y)`` makes the same run on the same rows."""
    coef: FloatArray
    """Coefficients, (1 or n_classes, n_features): one row a column, so that softmax has two for two classes, of which
    `LogisticRegression.coef_` is the difference."""
    intercept: FloatArray
    """(1 or n_classes,)."""


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Every model of a grid, trained on the same rows.

    Attributes
    ----------
    settings : tuple of dict
        What the grid says of each model; "every combination" in the order of activation, loss, learning rate, alpha,
        seed, the last one fastest.
    curves : dict of str to ndarray of shape (n_epochs + 1, n_models)
        "loss", each model's own objective; with `measure_every_epoch` also "log_loss" and "accuracy", and
        "validation_log_loss" and "validation_accuracy" where rows are held out. After a model has ended, its last
        value is repeated, or NaN if it diverged.
    scores : dict of str to ndarray of shape (n_models,)
        The same figures of the parameters that each model ended with. Log loss is −mean log p of the true class, with
        p as predicted, whatever a model was trained with.
    params : ndarray of shape (n_features [+ 1], n_columns)
        Parameters, the intercept last; model m has the columns `columns[m]`, one or one a class.
    columns : tuple of slice
    start : ndarray, shaped as `params`
        Initial values.
    rates : ndarray of shape (n_models,)
        Learning rates used; with several columns the median.
    status : tuple of Status
        Why each run ended.
    message : tuple of str
        The status in a sentence.
    n_iter : ndarray of int, (n_models,)
        Epochs behind the parameters.
    classes : ndarray of shape (n_classes,)
        Labels, sorted.
    common : dict
        Settings that all models share.
    seconds : float
        Wall time of the run, all models together.
    """

    settings: tuple[dict[str, Any], ...]
    curves: dict[str, FloatArray]
    scores: dict[str, FloatArray]
    params: FloatArray
    columns: tuple[slice, ...]
    start: FloatArray
    rates: FloatArray
    status: tuple[Status, ...]
    message: tuple[str, ...]
    n_iter: IntArray
    classes: Any
    common: dict[str, Any]
    seconds: float

    @classmethod
    def of_squads(
        cls, points: tuple[Point, ...], squads: list[Squad], classes: Any, common: dict[str, Any], seconds: float
    ) -> Sweep:
        """Put together what the squads found, in the order of the points."""
        results = [squad.result for squad in squads]
        n_rows = max(len(result.history.loss) for result in results)
        tables = [
            {
                "loss": history.loss,
                **history.metrics,
                **{f"validation_{name}": curve for name, curve in history.validation_metrics.items()},
            }
            for history in (result.history for result in results)
        ]
        status = tuple(status for result in results for status in result.status)
        is_lost = np.array([ending in (Status.DIVERGED, Status.NOT_FINITE) for ending in status])
        widths = [part.stop - part.start for squad in squads for part in squad.columns]
        ends = np.cumsum(widths).tolist()
        return cls(
            settings=tuple(point.settings for point in points),
            curves={name: _side_by_side([table[name] for table in tables], n_rows, is_lost) for name in tables[0]},
            scores={name: np.concatenate([squad.scores[name] for squad in squads]) for name in squads[0].scores},
            params=np.concatenate([result.params for result in results], axis=1),
            columns=tuple(slice(end - width, end) for end, width in zip(ends, widths, strict=True)),
            start=np.concatenate([squad.start for squad in squads], axis=1),
            rates=np.concatenate([squad.rates for squad in squads]),
            status=status,
            message=tuple(message for result in results for message in result.message),
            n_iter=np.concatenate([result.n_iter for result in results]),
            classes=classes,
            common=common,
            seconds=seconds,
        )

    def __len__(self) -> int:
        return len(self.settings)

    @property
    def criterion(self) -> str:
        """What models are ranked by: log loss on the rows held out, else on the training rows."""
        return "validation_log_loss" if "validation_log_loss" in self.scores else "log_loss"

    def ranking(self) -> IntArray:
        """Return the models from the best to the worst, (n_models,); in the order of the grid where they are alike."""
        score = self.scores[self.criterion]
        order: IntArray = np.argsort(np.where(np.isnan(score), np.inf, score), kind="stable")
        return order

    @property
    def best(self) -> Best:
        """The model of the lowest log loss on the rows held out, else on the training rows."""
        return self.model(int(self.ranking()[0]))

    def model(self, index: int) -> Best:
        """Return one model by its row."""
        index = range(len(self))[index]
        settings, part = self.settings[index], self.columns[index]
        own = self.params[:, part]
        n_features = len(own) - bool(self.common["fit_intercept"])
        estimator = {key: value for key, value in settings.items() if key != "seed"} | self.common
        if "seed" in settings:
            estimator["init"] = self.start[:, part].copy()
        return Best(
            index,
            dict(settings),
            estimator,
            own[:n_features].T.copy(),
            own[n_features].copy() if n_features < len(own) else np.zeros(own.shape[1]),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the table, one row a model: its settings, its ending and its figures."""
        return [
            {
                **settings,
                "rate": float(self.rates[index]),
                "status": self.status[index].name.lower(),
                "n_iter": int(self.n_iter[index]),
                **{_heading(name): float(score[index]) for name, score in self.scores.items()},
            }
            for index, settings in enumerate(self.settings)
        ]

    def to_pandas(self) -> Any:
        """Return the table as a DataFrame.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        return require_pandas().DataFrame(self.rows())

    def __str__(self) -> str:
        rows, order = self.rows(), self.ranking()
        names = [name for name in rows[0] if name != "rate" or self._has_auto()]
        cells = [[name.replace("_", " ") for name in names]]
        cells += [[_cell(name, rows[index][name]) for name in names] for index in order[:_SHOWN]]
        lines = aligned(cells)
        if len(order) > _SHOWN:
            lines.append(f"... and {len(order) - _SHOWN} more, by {self.criterion.replace('_', ' ')}")
        return "\n".join(lines)

    def _has_auto(self) -> bool:
        return any(settings.get("learning_rate", "auto") == "auto" for settings in self.settings)

    def __repr__(self) -> str:
        axes = {key: len({repr(settings[key]) for settings in self.settings}) for key in self.settings[0]}
        return f"Sweep({len(self)} models: {' x '.join(f'{n} {key}' for key, n in axes.items())})"


def _side_by_side(curves: list[FloatArray], n_rows: int, is_lost: BoolArray) -> FloatArray:
    """Return (n_rows, n_models): shorter curves repeat their last value, or go on as NaN where a model blew up."""
    table = np.concatenate([_longer(curve, n_rows) for curve in curves], axis=1)
    n_own = np.repeat([len(curve) for curve in curves], [curve.shape[1] for curve in curves])
    table[(np.arange(n_rows)[:, None] >= n_own) & is_lost] = np.nan
    return table


def _longer(curve: FloatArray, n_rows: int) -> FloatArray:
    if len(curve) == 0:  # interrupted before its first epoch was seen
        return np.full((n_rows, curve.shape[1]), np.nan)
    return np.pad(curve, ((0, n_rows - len(curve)), (0, 0)), mode="edge")


def _heading(score: str) -> str:
    """Return the name of a score in the table, where "loss" may be a setting."""
    return "final_loss" if score == "loss" else score


def _cell(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value.replace("_", " ")
    if not isinstance(value, float):
        return str(value)
    if name.endswith("loss"):
        return fixed(value)
    return f"{value:.3f}" if name.endswith("accuracy") else f"{value:.3g}"


__all__ = ["Best", "Sweep"]
