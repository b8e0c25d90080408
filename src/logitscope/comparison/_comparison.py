"""What a comparison found: curves, updates and one row an arm.

It reads finished runs; it never trains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logitscope._exceptions import require_pandas
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._differences import Differences, differences
from logitscope.comparison._finals import default_target, last_index, last_value
from logitscope.comparison._printed import STOPPED_BELOW, legend, table
from logitscope.comparison._runs import SeedRun, Settings
from logitscope.comparison._text import aligned
from logitscope.comparison._tuning import RateResponse
from logitscope.datasets._split import Data
from logitscope.recording import UpdateLog
from logitscope.status import Status

if TYPE_CHECKING:
    from logitscope.comparison._explain import Explanation

_FEW = 4  # arms of which every pair is printed


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
    settings : Settings or None
        What all arms and seeds shared, and `data`, the checked rows: what `explain` makes runs of its own with.
    rate_response : RateResponse or None
        With `learning_rate="tuned"`: what every rate that was tried gave, and which one was chosen.
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
    settings: Settings | None = None
    data: Data | None = None
    rate_response: RateResponse | None = None

    @classmethod
    def from_runs(
        cls,
        arms: tuple[Arm, ...],
        runs: list[SeedRun],
        target_loss: float | None,
        is_interrupted: bool = False,
        settings: Settings | None = None,
        data: Data | None = None,
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
        tuned = [run.tuned for run in runs if run.tuned is not None]
        return cls(
            arms=arms,
            epochs=np.arange(n_rows),
            curves=curves,
            rates=np.stack([run.rates for run in runs], axis=1),
            status=tuple(run.result.status for run in runs),
            seeds=tuple(run.seed for run in runs),
            logs=tuple(run.log for run in runs),
            columns=tuple(runs[0].columns),
            target_loss=default_target(curves["log_loss"]) if target_loss is None else float(target_loss),
            seconds=np.array([run.seconds for run in runs]),
            is_interrupted=is_interrupted,
            settings=settings,
            data=data,
            rate_response=RateResponse.of_seeds(tuned) if tuned else None,
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
        arm, n_seeds, tuned = self.arms[index], len(self.logs), self.rate_response
        failed = [status[index] for status in self.status if not status[index].is_success]
        finals = {name: last_value(curve[index]) for name, curve in self.curves.items()}
        accuracy = finals["test_accuracy"]
        largest, median, stopped = np.median([self._updates(index, seed) for seed in range(n_seeds)], axis=0)
        return {
            "arm": arm.label,
            "activation": arm.activation,
            "loss": arm.loss,
            "learning_rate": float(np.median(self.rates[index]) if tuned is None else tuned.typical[index]),
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
        last_epoch = last_index(self.curves["loss"][arm, [seed]])[0]
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

    def differences(self, metric: str = "test_log_loss", against: str | None = None) -> Differences:
        """Return how a figure differs between arms, paired over seeds, and whether it does at all.

        An arm is said to be lower or higher where the 95 % interval of the mean difference excludes 0 and the
        difference is more than rounding; everything else is "no difference". The interval that decides is that of
        `explain`, which knows that the splits of the seeds share rows. Beside it stand a bootstrap interval and an
        exact sign test, with p-values adjusted for the number of pairs.

        Parameters
        ----------
        metric : str
            A key of `curves`, of which the value after the last epoch is taken, or "epochs_to_target". The "loss" of
            arms that were trained with different losses is not comparable.
        against : str, optional
            Label of an arm: the others minus this one. By default every pair, the later arm minus the earlier one.

        Returns
        -------
        Differences

        Raises
        ------
        UnknownNameError
            A metric that is not there, or a label that no arm has.

        Examples
        --------
        >>> import logitscope as ls
        >>> X, y = ls.load_dataset("moons", n_samples=200, random_state=0)[:2]
        >>> result = ls.compare(X, y, learning_rate="matched", seeds=3, max_iter=50)
        >>> result.differences()[0].verdict
        'no difference: the same in every seed, to rounding'
        """
        return differences(self, metric, against)

    def explain(self, first: str, second: str) -> Explanation:
        """Split the difference between two arms into units, which a rewrite removes, and what is real.

        The second arm is trained again with the same seeds, under the settings of the first rewritten for it
        (`logitscope.equivalent`). Where the two are no rescalings of each other, nothing is to be rewritten: it is
        trained again at the rate of the first that is matched to it by the curvature bounds.

        Parameters
        ----------
        first, second : str
            Labels of two arms.

        Returns
        -------
        Explanation

        Raises
        ------
        UnknownNameError
            A label that no arm has.

        Examples
        --------
        >>> import logitscope as ls
        >>> X, y = ls.load_dataset("moons", n_samples=200, random_state=0)[:2]
        >>> result = ls.compare(X, y, activations=["tanh", "sigmoid"], learning_rate=0.1, seeds=3, max_iter=50)
        >>> explained = result.explain("tanh", "sigmoid")
        >>> print(explained.winner, explained.largest_gap < 1e-14)
        None True
        >>> loss = explained.differences[0]
        >>> print(f"{loss.name}: {loss.as_given.mean():.3f}, of which units: {loss.units.mean():.3f}")
        held-out log loss: 0.065, of which units: 0.065
        """
        from logitscope.comparison._explain import explain

        return explain(self, first, second)

    def explain_rescalings(self) -> list[Explanation]:
        """Explain the pairs of arms that are rescalings of each other: of each two kinds of arm the first pair."""
        from logitscope.comparison._explain import explain, rescaled_pairs

        return [explain(self, first, second) for first, second in rescaled_pairs(self)]

    def to_html(self, path: str | Path | None = None) -> str:
        """Return a report as one HTML page that opens offline; see `logitscope.html_report`."""
        import logitscope  # the public surface: what draws a page stands on a higher floor

        text: str = logitscope.html_report(self, path)
        return text

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
        return table(self)

    def legend(self) -> list[tuple[str, str]]:
        """Return what the columns of the table mean, and which of them compare arms fairly: name and sentence."""
        return legend(self)

    def shown_differences(self) -> Differences | None:
        """Return the differences that are printed: every pair of few arms, else each against the first; None of one.

        One seed has none either.
        """
        if len(self.arms) == 1 or len(self.logs) == 1:
            return None
        return self.differences(against=None if len(self.arms) <= _FEW else self.arms[0].label)

    def __str__(self) -> str:
        headings, cells = self.table()
        found, legend = self.shown_differences(), self.legend()
        lines = [*aligned([headings, *cells]), ""]
        if found is not None:
            heads, rows = found.table()
            lines += [*aligned([heads, *rows]), ""]
            legend = [*found.legend(), *legend]
        return "\n".join([*lines, *aligned([list(line) for line in legend])])

    def __repr__(self) -> str:
        return f"Comparison({', '.join(arm.label for arm in self.arms)}; {len(self.logs)} seeds)"


def _stack(curves: list[FloatArray], n_rows: int) -> FloatArray:
    """Return (n_arms, n_seeds, n_rows) from (n_rows, n_arms) a seed; a shorter one is filled with NaN."""
    out = np.full((curves[0].shape[1], len(curves), n_rows), np.nan)
    for seed, curve in enumerate(curves):
        out[:, seed, : len(curve)] = curve.T
    return out


__all__ = ["Comparison"]
