"""``logitscope train``.

It turns arguments into one fit; it never knows how the model is trained, nor what a figure shows.
"""

import argparse
import warnings
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from logitscope import __version__
from logitscope.cli._data import Prepared, load, prepare
from logitscope.cli._files import check_writable, folder
from logitscope.cli._show import Ticker, print_facts, print_files, progress
from logitscope.cli._unscaled import unscaled
from logitscope.cli._words import as_typed
from logitscope.datasets import Dataset
from logitscope.recording import UpdateRecorder
from logitscope.status import Status

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


def run(arguments: argparse.Namespace) -> int:
    """Train, write figures and files, and print a summary."""
    check_writable(arguments.out)
    dataset = load(arguments)
    data = prepare(arguments, dataset)
    from logitscope.estimator import LogisticRegression

    settings = {name: getattr(arguments, name) for name in _SETTINGS}
    clf = LogisticRegression(**settings, record=UpdateRecorder(every=arguments.every), random_state=arguments.seed)
    started = perf_counter()
    with warnings.catch_warnings(), progress("training", arguments.max_iter, arguments.quiet) as tick:
        warnings.simplefilter("ignore")  # the summary says how the run ended
        clf.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test, observers=[Ticker(tick)])
    seconds = perf_counter() - started
    # Files first: whatever a terminal does with the text, they are there.
    written = [] if arguments.out is None else _write(arguments, clf, dataset, data, seconds)
    ended = ("ended", as_typed(clf.status_message_, arguments))
    print_facts(f"{clf.activation} with {clf.loss}, {clf.solver}", [ended, *data.facts, *_result(clf, data, seconds)])
    if written:
        print_files(written)
        print_facts("To use the model", _use(arguments, dataset))
    return 130 if clf.status_ is Status.INTERRUPTED else 0


def _rates(learning_rate: Any) -> str:
    rates = np.unique(learning_rate)
    return "found by the solver at each step" if np.isnan(rates).all() else ", ".join(f"{rate:.4g}" for rate in rates)


def _result(clf: Any, data: Prepared, seconds: float) -> list[tuple[str, str]]:
    log, n_kept, n_run = clf.update_log_, clf.n_iter_, len(clf.loss_curve_)
    n_epochs = str(n_run) if n_kept == n_run else f"{n_kept} kept of {n_run} run"
    facts = [
        ("learning rate", _rates(clf.learning_rate_)),
        ("epochs", f"{n_epochs} in {seconds:.2f} s, recording {log.n_records} x {len(log.y)} samples"),
    ]
    if n_kept:
        at = n_kept - 1  # the curves start after the first epoch
        facts.append(("loss", f"{clf.loss_curve_[at]:.4f} training, {clf.validation_loss_curve_[at]:.4f} held out"))
    accuracies = (
        f"{clf.score(data.X_train, data.y_train):.3f} training, {clf.score(data.X_test, data.y_test):.3f} held out"
    )
    facts.append(("accuracy", accuracies))
    if clf.early_stopping:
        facts.append(("held out", "these rows chose the epoch, so that their figures are a little too good"))
    n_records = int(np.searchsorted(log.epoch, n_kept))
    if n_records and clf.status_ not in (Status.DIVERGED, Status.NOT_FINITE):
        last = log.take([n_records - 1]).update_norm
        if not np.isnan(last).all():  # a solver's step has no learning rate, and no sample a share of it
            facts.append(("last update", f"largest {last.max():.2e}, median {np.median(last):.2e} (norm per sample)"))
    return facts


def _use(arguments: argparse.Namespace, dataset: Dataset) -> list[tuple[str, str]]:
    path = str(Path(arguments.out) / "model.npz")
    scaled = "" if arguments.no_standardize else "; the scaling is in the model"
    codes = ", ".join(f"{code} is {name}" for code, name in enumerate(dataset.target_names))
    return [
        ("load", f"ls.LogisticRegression.load({path!r})"),
        ("X", f"features as ls.load_dataset({arguments.dataset!r}) gives them{scaled}"),
        ("classes", codes),
    ]


def _write(arguments: argparse.Namespace, clf: Any, dataset: Dataset, data: Prepared, seconds: float) -> list[Path]:
    from logitscope.displays import TrainingCurveDisplay, UpdateMagnitudeDisplay

    model = unscaled(clf, data.mean, data.scale)
    title = _title(arguments, clf)
    with folder(arguments.out) as (files, written):
        if clf.n_iter_:
            files.figure("training_curves.png", TrainingCurveDisplay.from_estimator, clf, title=title)
        if clf.update_log_.n_records:
            names = [f"class {name}" if name.lstrip("-").isdigit() else name for name in dataset.target_names]
            draw = UpdateMagnitudeDisplay.from_log
            files.figure("update_against_z.png", draw, clf.update_log_, class_names=names, title=title)
        clf.update_log_.save(files.path("update_log.npz"))
        model.save(files.path("model.npz"))
        files.json("run.json", _record(arguments, clf, model, dataset, data, seconds))
    return written


def _title(arguments: argparse.Namespace, clf: Any) -> str:
    from logitscope.displays import readable

    parts = [Path(arguments.dataset).name, clf.activation, readable(clf.loss), clf.solver]
    rates = np.unique(clf.learning_rate_)
    return " · ".join(parts if np.isnan(rates).all() else [*parts, f"η = {_rates(rates)}"])


def _record(
    arguments: argparse.Namespace, clf: Any, model: Any, dataset: Dataset, data: Prepared, seconds: float
) -> dict[str, Any]:
    is_scaled = not arguments.no_standardize
    return {
        "command": "train",
        "logitscope": __version__,
        "dataset": arguments.dataset,
        "seed": arguments.seed,
        "test_size": arguments.test_size,
        "standardized": is_scaled,
        "settings": {name: getattr(arguments, name) for name in _SETTINGS},
        "learning_rate": clf.learning_rate_,
        "status": clf.status_.name.lower(),
        "message": clf.status_message_,
        "n_iter": clf.n_iter_,
        "n_run": len(clf.loss_curve_),
        "gradient_norm": clf.gradient_norm_,
        "seconds": seconds,
        "classes": dataset.target_names,
        "features": {
            "names": dataset.feature_names,
            "mean": data.mean if is_scaled else None,
            "scale": data.scale if is_scaled else None,
        },
        "coef": model.coef_,
        "intercept": model.intercept_,
        "of_standardized_features": {"coef": clf.coef_, "intercept": clf.intercept_} if is_scaled else None,
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
