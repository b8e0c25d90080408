"""What a comparison found: curves, updates and one row an arm.

It reads finished runs; it never trains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from logitscope._exceptions import require_pandas
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._runs import SeedRun
from logitscope.comparison._text import aligned, fixed
from logitscope.recording import UpdateLog
from logitscope.status import Status

# A sample has stopped updating when its update is below this share of its own largest: the same in all units.
STOPPED_BELOW = 0.01
_PROGRESS = 0.9  # the default target: this share of the way down


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Arms that were trained on the same data with the same seeds.

    Attributes
    ----------
    arms : tuple of Arm
        Each has `label`, `activation`, `loss`.
    epochs : ndarray of int, (n_epochs + 1,)
        0 … max_iter.
    curves : dict of str to ndarray of shape (n_arms, n_seeds, n_epochs + 1)
        "log_loss", "accuracy" on training rows, "test_log_loss", "test_accuracy" on held-out rows, and "loss", each
        arm's own objective. Log loss is −mean log p of the true class, with p as predicted (one-vs-rest scaled to sum
        to 1), whatever an arm was trained with. Where a run diverged, NaN after the epoch whose parameters were kept.
    rates : ndarray of shape (n_arms, n_seeds)
        Learning rates used.
    status : tuple of tuple of Status
        Why each arm's run ended, a row a seed.
    seeds : tuple of int
        The seeds.
    logs : tuple of UpdateLog
        One a seed, of the training rows.
    columns : tuple of slice
        Columns of each arm in a log.
    target_loss : float
        Log loss that `epochs_to_target` counts to.
    seconds : ndarray of shape (n_seeds,)
        Wall time of each seed's run, all arms together.
    is_interrupted : bool
        Whether Ctrl-C left seeds or epochs out.
    """

    arms: tuple[Arm, ...]
    epochs: IntArray
    curves: dict[str, FloatArray]
    rates: FloatArray
    status: tuple[tuple[Status, ...], ...]
    seeds: tuple[int, ...]
    logs: tuple[UpdateLog, ...]
    columns: tuple[slice, ...]
    target_loss: float
    seconds: FloatArray
    is_interrupted: bool = False

    @classmethod
    def from_runs(
        cls, arms: tuple[Arm, ...], runs: list[SeedRun], target_loss: float | None, is_interrupted: bool = False
    ) -> Comparison:
        """Put the runs of all seeds together."""
        histories = [run.result.history for run in runs]
        n_rows = max(len(history.loss) for history in histories)
        curves = {
            "loss": _stack([history.loss for history in histories], n_rows),
            "log_loss": _stack([history.metrics["log_loss"] for history in histories], n_rows),
            "accuracy": _stack([history.metrics["accuracy"] for history in histories], n_rows),
            "test_log_loss": _stack([history.validation_metrics["log_loss"] for history in histories], n_rows),
            "test_accuracy": _stack([history.validation_metrics["accuracy"] for history in histories], n_rows),
        }
        for index, run in enumerate(runs):
            for arm, status in enumerate(run.result.status):
                if status in (Status.DIVERGED, Status.NOT_FINITE):
                    for curve in curves.values():
                        curve[arm, index, int(run.result.n_iter[arm]) + 1 :] = np.nan
        return cls(
            arms=arms,
            epochs=np.arange(n_rows),
            curves=curves,
            rates=np.stack([run.rates for run in runs], axis=1),
            status=tuple(run.result.status for run in runs),
            seeds=tuple(run.seed for run in runs),
            logs=tuple(run.log for run in runs),
            columns=tuple(runs[0].columns),
            target_loss=_default_target(curves["log_loss"]) if target_loss is None else float(target_loss),
            seconds=np.array([run.seconds for run in runs]),
            is_interrupted=is_interrupted,
        )

    def epochs_to_target(self) -> FloatArray:
        """Return the first epoch at which each run's log loss is at most the target, inf if none: (n_arms, n_seeds)."""
        reached = self.curves["log_loss"] <= self.target_loss
        return np.where(reached.any(axis=2), reached.argmax(axis=2), np.inf)

    def log(self, arm: int, seed: int = 0) -> UpdateLog:
        """Return the log of one arm alone, in the run of the seed at this position of `seeds`."""
        log, part = self.logs[seed], self.columns[arm]
        rate = log.learning_rate if log.learning_rate.ndim == 1 else log.learning_rate[:, part]
        return replace(
            log,
            z_columns=log.z_columns[..., part],
            learning_rate=rate[:, 0] if rate.ndim == 2 and rate.shape[1] == 1 else rate,
            pointwise=self.arms[arm].pointwise,
            positive=None if log.positive is None else log.positive[part],
            own_reach=None if log.own_reach is None else log.own_reach.columns(part),
        )

    def update_norms(self, arm: int, seed: int = 0) -> FloatArray:
        """Return each sample's update in an arm, (n_records, n_samples), over all its columns."""
        log = self.log(arm, seed)
        updates = log.update_norm.reshape(*log.z_columns.shape)
        norms: FloatArray = np.hypot.reduce(updates, axis=2)  # squares overflow in a run that diverged
        return norms

    def rows(self) -> list[dict[str, Any]]:
        """Return the table: one row an arm, medians over seeds unless the name says otherwise.

        Figures of a run that diverged are those of the parameters that were kept.
        """
        reached = self.epochs_to_target()
        return [self._row(index, reached[index]) for index in range(len(self.arms))]

    def _row(self, index: int, reached: FloatArray) -> dict[str, Any]:
        arm, n_seeds = self.arms[index], len(self.logs)
        failed = [status[index] for status in self.status if not status[index].is_success]
        finals = {name: _last(curve[index]) for name, curve in self.curves.items()}
        accuracy = finals["test_accuracy"]
        largest, median, stopped = np.median([self._updates(index, seed) for seed in range(n_seeds)], axis=0)
        return {
            "arm": arm.label,
            "activation": arm.activation,
            "loss": arm.loss,
            "learning_rate": float(np.median(self.rates[index])),
            "epochs_to_target": float(np.median(reached)),
            "n_reached": int(np.isfinite(reached).sum()),
            "final_loss": float(np.median(finals["loss"])),
            "log_loss": float(np.median(finals["log_loss"])),
            "test_log_loss": float(np.median(finals["test_log_loss"])),
            "test_accuracy_mean": float(np.mean(accuracy)),
            "test_accuracy_std": float(np.std(accuracy, ddof=1)) if n_seeds > 1 else np.nan,
            "largest_update": float(largest),
            "median_update": float(median),
            "stopped": float(stopped),
            "seconds": float(np.median(self.seconds)) / len(self.arms),
            "status": (failed[0] if failed else Status.EPOCHS_DONE).name.lower(),
            "n_failed": len(failed),
        }

    def _updates(self, arm: int, seed: int) -> tuple[float, float, float]:
        """Largest and median update of the last record that led to the figures, and the share that has stopped."""
        last_epoch = _last_index(self.curves["loss"][arm, [seed]])[0]
        n_records = np.searchsorted(self.logs[seed].epoch, last_epoch, side="right")
        if n_records == 0:
            return np.nan, np.nan, np.nan
        norms = self.update_norms(arm, seed)[:n_records]
        stopped = norms[-1] <= STOPPED_BELOW * norms.max(axis=0)
        return float(norms[-1].max()), float(np.median(norms[-1])), float(np.mean(stopped))

    def scatter(self, arm: int, epoch_index: int = -1, seed: int = 0) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return z, update norm and target of every sample (and column) of an arm, flat.

        `epoch_index` counts the records, of which `logs[seed].epoch` holds the epochs.
        """
        log = self.log(arm, seed)
        return log.z[epoch_index].ravel(), log.update_norm[epoch_index].ravel(), log.target.ravel()

    def theory(self, arm: int, z: ArrayLike, label: float) -> FloatArray:
        """Return |∂ℓ/∂z| of an arm on a grid of z, for one label."""
        return self.logs[0].theory(z, label, self.columns[arm].start)

    def to_pandas(self) -> Any:
        """Return the table as a DataFrame.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        return require_pandas().DataFrame(self.rows())

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the table as text: headings, and cells row by row."""
        n_seeds = len(self.logs)
        headings = [
            "arm",
            "η",
            f"epochs to {self.target_loss:.3g}",
            "final loss",
            "log loss",
            "test accuracy",
            "largest update",
            "median update",
            "stopped",
            "time",
        ]
        return headings, [_cells(row, n_seeds) for row in self.rows()]

    def legend(self) -> list[tuple[str, str]]:
        """Return what the columns of the table mean, and which of them compare arms fairly: name and sentence."""
        n_seeds, is_default = len(self.logs), self.target_loss == _default_target(self.curves["log_loss"])
        origin = f": {_PROGRESS:.0%} of the way from the start to the best arm's final one" if is_default else ""
        lines = [
            ("η", "learning rate, in units of each arm's own (w, b)"),
            (f"epochs to {self.target_loss:.3g}", f"first epoch with that log loss{origin}"),
            ("final loss", "each arm's own objective: only comparable where loss, activation and penalty agree"),
            ("log loss", "-mean log p of the true class on the training rows, whatever an arm was trained with"),
            ("update", "norm of one sample's term in the last recorded step, in units of the arm's own (w, b): for"),
            ("", "the same trajectory, half as large for tanh as for the sigmoid; compare its shape, not its size"),
            ("stopped", f"share of samples whose update fell to {STOPPED_BELOW:.0%} of its own largest or less"),
            ("time", "all arms share one run; its time divided by the number of arms"),
        ]
        if n_seeds > 1:
            spread = f"mean and standard deviation over {n_seeds} seeds (their splits overlap: no standard error)"
            lines.insert(4, ("±", f"{spread}; all else: medians"))
        if any(status in (Status.DIVERGED, Status.NOT_FINITE) for seed in self.status for status in seed):
            lines.append(("diverged", "the figures are those of the best epoch, whose parameters were kept"))
        if self.is_interrupted:
            lines.append(("interrupted", "the table is of what was complete"))
        return lines

    def __str__(self) -> str:
        headings, cells = self.table()
        legend = self.legend()
        return "\n".join([*aligned([headings, *cells]), "", *aligned([list(line) for line in legend])])

    def __repr__(self) -> str:
        return f"Comparison({', '.join(arm.label for arm in self.arms)}; {len(self.logs)} seeds)"


def _cells(row: dict[str, Any], n_seeds: int) -> list[str]:
    spread = f" ± {row['test_accuracy_std']:.3f}" if n_seeds > 1 else ""
    return [
        row["arm"] + _ending(row, n_seeds),
        f"{row['learning_rate']:.3g}",
        _reached(row, n_seeds),
        fixed(row["final_loss"]),
        fixed(row["log_loss"]),
        f"{row['test_accuracy_mean']:.3f}{spread}",
        f"{row['largest_update']:.2e}",
        f"{row['median_update']:.2e}",
        f"{row['stopped']:.0%}",
        f"{row['seconds'] * 1e3:.0f} ms",
    ]


def _ending(row: dict[str, Any], n_seeds: int) -> str:
    if row["n_failed"] == 0:
        return ""
    where = "" if row["n_failed"] == n_seeds else f" in {row['n_failed']} of {n_seeds} seeds"
    return f" ({row['status'].replace('_', ' ')}{where})"


def _reached(row: dict[str, Any], n_seeds: int) -> str:
    if np.isfinite(row["epochs_to_target"]):
        return f"{row['epochs_to_target']:.0f}"
    return f"only in {row['n_reached']} of {n_seeds} seeds" if row["n_reached"] else "not reached"


def _stack(curves: list[FloatArray], n_rows: int) -> FloatArray:
    """Return (n_arms, n_seeds, n_rows) from (n_rows, n_arms) a seed; a shorter one is filled with NaN."""
    out = np.full((curves[0].shape[1], len(curves), n_rows), np.nan)
    for seed, curve in enumerate(curves):
        out[:, seed, : len(curve)] = curve.T
    return out


def _last_index(curve: FloatArray) -> IntArray:
    """Return where each seed's curve has its last value that is not NaN."""
    index: IntArray = curve.shape[1] - 1 - np.argmax(~np.isnan(curve[:, ::-1]), axis=1)
    return index


def _last(curve: FloatArray) -> FloatArray:
    """Return the last value of each seed's curve that is not NaN."""
    values: FloatArray = curve[np.arange(len(curve)), _last_index(curve)]
    return values


def _default_target(log_loss: FloatArray) -> float:
    """Return the loss most of the way down to the best arm's; NaN, which no run reaches, if no arm went down."""
    finals = np.array([_last(curve) for curve in log_loss])
    finals = np.where(np.isfinite(finals), finals, np.inf)
    start, lowest = float(np.median(log_loss[:, :, 0])), float(np.median(finals, axis=1).min())
    return start - _PROGRESS * (start - lowest) if lowest < start else np.nan


__all__ = ["STOPPED_BELOW", "Comparison"]
