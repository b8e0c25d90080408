"""What a comparison found: curves, updates and one row an arm.

It reads finished runs; it never trains.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from logitscope._exceptions import MissingDependencyError
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._runs import SeedRun
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
        arm's own objective. Log loss is −mean log p of the true class, whatever an arm was trained with. NaN after a
        run that diverged.
    rates : ndarray of shape (n_arms, n_seeds)
        Learning rates used.
    status : tuple of tuple of Status
        Why each arm's run ended, a row a seed.
    logs : tuple of UpdateLog
        One a seed, of the training rows.
    target_loss : float
        Log loss that `epochs_to_target` counts to.
    seconds : ndarray of shape (n_seeds,)
        Wall time of each seed's run, all arms together.
    """

    arms: tuple[Arm, ...]
    epochs: IntArray
    curves: dict[str, FloatArray]
    rates: FloatArray
    status: tuple[tuple[Status, ...], ...]
    logs: tuple[UpdateLog, ...]
    columns: tuple[slice, ...]
    target_loss: float
    seconds: FloatArray

    @classmethod
    def from_runs(cls, arms: tuple[Arm, ...], runs: list[SeedRun], target_loss: float | None) -> "Comparison":
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
            logs=tuple(run.log for run in runs),
            columns=tuple(runs[0].columns),
            target_loss=_default_target(curves["log_loss"]) if target_loss is None else float(target_loss),
            seconds=np.array([run.seconds for run in runs]),
        )

    def epochs_to_target(self) -> FloatArray:
        """Return the first epoch at which each run's log loss is at most the target, inf if none: (n_arms, n_seeds)."""
        with np.errstate(invalid="ignore"):
            reached = self.curves["log_loss"] <= self.target_loss
        return np.where(reached.any(axis=2), reached.argmax(axis=2), np.inf)

    def update_norms(self, arm: int, seed: int = 0) -> FloatArray:
        """Return each sample's update in an arm, (n_records, n_samples), over all its columns."""
        log = self.logs[seed]
        updates = log.update_norm.reshape(log.n_records, -1, log.n_models)[..., self.columns[arm]]
        norms: FloatArray = np.sqrt(np.square(updates).sum(axis=2))
        return norms

    def rows(self) -> list[dict[str, Any]]:
        """Return the table: one row an arm, medians over seeds unless the name says otherwise."""
        reached = self.epochs_to_target()
        return [self._row(index, reached[index]) for index in range(len(self.arms))]

    def _row(self, index: int, reached: FloatArray) -> dict[str, Any]:
        arm = self.arms[index]
        endings = {status[index] for status in self.status}
        worst = next((status for status in endings if not status.is_success), Status.EPOCHS_DONE)
        finals = {name: _last(curve[index]) for name, curve in self.curves.items()}
        largest, median, stopped = np.median([self._updates(index, seed) for seed in range(len(self.logs))], axis=0)
        return {
            "arm": arm.label,
            "activation": arm.activation,
            "loss": arm.loss,
            "learning_rate": float(np.median(self.rates[index])),
            "epochs_to_target": float(np.median(reached)),
            "final_loss": float(np.median(finals["loss"])),
            "log_loss": float(np.median(finals["log_loss"])),
            "test_log_loss": float(np.median(finals["test_log_loss"])),
            "test_accuracy_mean": float(np.mean(finals["test_accuracy"])),
            "test_accuracy_std": float(np.std(finals["test_accuracy"])),
            "largest_update": float(largest),
            "median_update": float(median),
            "stopped": float(stopped),
            "seconds": float(np.median(self.seconds)) / len(self.arms),
            "status": worst.name.lower(),
        }

    def _updates(self, arm: int, seed: int) -> tuple[float, float, float]:
        """Largest and median update of the last record, and the share of samples that have stopped."""
        norms = self.update_norms(arm, seed)
        with np.errstate(invalid="ignore"):
            stopped = norms[-1] <= STOPPED_BELOW * norms.max(axis=0)
        return float(norms[-1].max()), float(np.median(norms[-1])), float(np.mean(stopped))

    def scatter(self, arm: int, epoch_index: int = -1, seed: int = 0) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return z, update norm and target of every sample (and column) of an arm at one record, flat."""
        log, part = self.logs[seed], self.columns[arm]
        shape = (log.n_records, -1, log.n_models)
        target = log.target.reshape(-1, log.n_models)[:, part]
        return (
            log.z.reshape(shape)[epoch_index][:, part].ravel(),
            log.update_norm.reshape(shape)[epoch_index][:, part].ravel(),
            target.ravel(),
        )

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
        try:
            import pandas as pd
        except ImportError as error:
            raise MissingDependencyError("to_pandas needs pandas: pip install 'logitscope[pandas]'.") from error
        return pd.DataFrame(self.rows())

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the table as text: headings, and cells row by row."""
        n_seeds = len(self.logs)
        headings = [
            "arm",
            "η",
            f"epochs to {self.target_loss:.3g}",
            "final loss",
            "log loss",
            f"test accuracy (± over {n_seeds} seeds)" if n_seeds > 1 else "test accuracy",
            "largest update",
            "median update",
            "stopped",
            "time",
        ]
        return headings, [_cells(row, n_seeds) for row in self.rows()]

    def __str__(self) -> str:
        headings, cells = self.table()
        widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (headings, *cells)
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Comparison({', '.join(arm.label for arm in self.arms)}; {len(self.logs)} seeds)"


def _cells(row: dict[str, Any], n_seeds: int) -> list[str]:
    spread = f" ± {row['test_accuracy_std']:.3f}" if n_seeds > 1 else ""
    ended = "" if row["status"] == "epochs_done" else f" ({row['status'].replace('_', ' ')})"
    return [
        row["arm"] + ended,
        f"{row['learning_rate']:.3g}",
        f"{row['epochs_to_target']:.0f}" if np.isfinite(row["epochs_to_target"]) else "not reached",
        f"{row['final_loss']:.4f}",
        f"{row['log_loss']:.4f}",
        f"{row['test_accuracy_mean']:.3f}{spread}",
        f"{row['largest_update']:.2e}",
        f"{row['median_update']:.2e}",
        f"{row['stopped']:.0%}",
        f"{row['seconds'] * 1e3:.0f} ms",
    ]


def _stack(curves: list[FloatArray], n_rows: int) -> FloatArray:
    """Return (n_arms, n_seeds, n_rows) from (n_rows, n_arms) a seed; a shorter one is filled with NaN."""
    out = np.full((curves[0].shape[1], len(curves), n_rows), np.nan)
    for seed, curve in enumerate(curves):
        out[:, seed, : len(curve)] = curve.T
    return out


def _last(curve: FloatArray) -> FloatArray:
    """Return the last value of each seed's curve that is not NaN."""
    last = curve.shape[1] - 1 - np.argmax(~np.isnan(curve[:, ::-1]), axis=1)
    values: FloatArray = curve[np.arange(len(curve)), last]
    return values


def _default_target(log_loss: FloatArray) -> float:
    finals = np.array([_last(curve) for curve in log_loss])
    finals = np.where(np.isfinite(finals), finals, np.inf)
    start, lowest = float(np.median(log_loss[:, :, 0])), float(np.median(finals, axis=1).min())
    return start - _PROGRESS * (start - lowest)


__all__ = ["STOPPED_BELOW", "Comparison"]
