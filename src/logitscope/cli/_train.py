"""``logitscope train``."""

import argparse
import warnings
from time import perf_counter
from typing import Any

import numpy as np

from logitscope import __version__
from logitscope.cli._data import load, prepare
from logitscope.cli._files import check_writable, folder
from logitscope.cli._show import print_facts, print_files, progress
from logitscope.recording import UpdateRecorder

_SETTINGS = (
    "activation",
    "loss",
    "solver",
    "learning_rate",
    "batch_size",
    "max_iter",
    "alpha",
    "l1_ratio",
    "tol",
    "early_stopping",
)


class _Ticker:
    """Moves a progress bar."""

    def __init__(self, tick: Any) -> None:
        self._tick = tick

    def observe(self, step: Any) -> None:
        if step.ends_epoch:
            self._tick(step.epoch + 1)


def run(arguments: argparse.Namespace) -> int:
    """Train, print a summary, and write figures and files."""
    check_writable(arguments.out)
    dataset = load(arguments)
    data = prepare(arguments, dataset)
    from logitscope.estimator import LogisticRegression

    settings = {name: getattr(arguments, name) for name in _SETTINGS}
    clf = LogisticRegression(**settings, record=UpdateRecorder(every=arguments.every), random_state=arguments.seed)
    started = perf_counter()
    with warnings.catch_warnings(), progress("training", arguments.max_iter, arguments.quiet) as tick:
        warnings.simplefilter("ignore")  # the summary says how the run ended
        clf.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test, observers=[_Ticker(tick)])
    seconds = perf_counter() - started
    print_facts(f"{clf.activation} with {clf.loss}, {clf.solver}", [*data.facts, *_result(clf, data, seconds)])
    if arguments.out is not None:
        _write(arguments, clf, data, settings, seconds)
    return 130 if clf.status_.name == "INTERRUPTED" else 0


def _rates(learning_rate: Any) -> str:
    rates = np.unique(learning_rate)
    return "found by the solver at each step" if np.isnan(rates).all() else ", ".join(f"{rate:.4g}" for rate in rates)


def _result(clf: Any, data: Any, seconds: float) -> list[tuple[str, str]]:
    log = clf.update_log_
    facts = [
        ("learning rate", _rates(clf.learning_rate_)),
        ("ended", clf.status_message_),
        ("epochs", f"{clf.n_iter_} in {seconds:.2f} s, recording {log.n_records} x {len(log.y)} samples"),
    ]
    if clf.n_iter_:
        facts.append(("loss", f"{clf.loss_curve_[-1]:.4f} training, {clf.validation_loss_curve_[-1]:.4f} held out"))
    accuracies = (
        f"{clf.score(data.X_train, data.y_train):.3f} training, {clf.score(data.X_test, data.y_test):.3f} held out"
    )
    facts.append(("accuracy", accuracies))
    if log.n_records:
        last = log.update_norm[-1]
        facts.append(("last update", f"largest {last.max():.2e}, median {np.median(last):.2e} (norm per sample)"))
    return facts


def _write(arguments: argparse.Namespace, clf: Any, data: Any, settings: dict[str, Any], seconds: float) -> None:
    from logitscope.displays import TrainingCurveDisplay, UpdateMagnitudeDisplay

    with folder(arguments.out) as (files, written):
        if clf.n_iter_:
            files.figure("training_curves.png", TrainingCurveDisplay.from_estimator(clf))
        if clf.update_log_.n_records:
            files.figure("update_against_z.png", UpdateMagnitudeDisplay.from_log(clf.update_log_))
        clf.update_log_.save(files.path("update_log.npz"))
        clf.save(files.path("model.npz"))
        files.json("run.json", _record(arguments, clf, data, settings, seconds))
    print_files(written)


def _record(
    arguments: argparse.Namespace, clf: Any, data: Any, settings: dict[str, Any], seconds: float
) -> dict[str, Any]:
    return {
        "command": "train",
        "logitscope": __version__,
        "dataset": arguments.dataset,
        "seed": arguments.seed,
        "test_size": arguments.test_size,
        "standardized": not arguments.no_standardize,
        "settings": settings,
        "learning_rate": clf.learning_rate_,
        "status": clf.status_.name.lower(),
        "message": clf.status_message_,
        "n_iter": clf.n_iter_,
        "gradient_norm": clf.gradient_norm_,
        "seconds": seconds,
        "classes": clf.classes_,
        "coef": clf.coef_,
        "intercept": clf.intercept_,
        "accuracy": {
            "training": clf.score(data.X_train, data.y_train),
            "held_out": clf.score(data.X_test, data.y_test),
        },
        "curves": {
            "loss": clf.loss_curve_,
            "validation_loss": clf.validation_loss_curve_,
            "accuracy": clf.accuracy_curve_,
            "validation_accuracy": clf.validation_accuracy_curve_,
        },
    }


__all__ = ["run"]
