"""``logitscope compare``.

It turns arguments into one comparison; it never knows how runs are paired, nor what a figure shows.
"""

import argparse
from pathlib import Path
from typing import Any

from logitscope import __version__
from logitscope.cli._compared import compared
from logitscope.cli._data import load, scaling
from logitscope.cli._files import check_writable, folder
from logitscope.cli._show import counted, print_facts, print_files, print_table
from logitscope.comparison import Comparison
from logitscope.status import Status


def run(arguments: argparse.Namespace) -> int:
    """Compare, print the table, and write figures and run.json."""
    check_writable(arguments.out)
    dataset = load(arguments)
    result = compared(arguments, dataset, arguments.activations, arguments.losses)
    # Files first: whatever a terminal does with the text, they are there.
    written = [] if arguments.out is None else _write(arguments, result)
    print_facts(
        ", ".join(map(counted, (len(result.arms), len(result.logs), len(result.epochs) - 1), ("arm", "seed", "epoch"))),
        [
            ("data", f"{arguments.dataset}: {len(dataset.X)} samples, {counted(dataset.X.shape[1], 'feature')}"),
            ("features", scaling(arguments)),
            ("rates", _rates(arguments.learning_rate)),
        ],
    )
    print_table(*result.table())
    legend, differences = result.legend(), result.shown_differences()
    if differences is not None:
        print_table(*differences.table())
        legend = [*differences.legend(), *legend]
    print_facts("How to read it", legend)
    if written:
        print_files(written)
    return 130 if result.is_interrupted else 0


def _rates(learning_rate: Any) -> str:
    if learning_rate == "auto":
        return "auto: 1/L of each arm, the largest that its own curvature bound guarantees"
    if learning_rate == "matched":
        return "matched: rescalings are the same model without a penalty; for other arms the curvature bounds agree"
    if learning_rate == "tuned":
        return "tuned: for each arm and seed the best on a part of the training rows"
    return "as given, the same for every arm: part of any difference is a difference of units (try matched)"


def _write(arguments: argparse.Namespace, result: Comparison) -> list[Path]:
    from logitscope.displays import ActivationDisplay, ComparisonDisplay, RateResponseDisplay

    is_partial = Status.INTERRUPTED in result.status[0]  # of the first seed, some epochs
    elementwise = [arm.activation for arm in result.arms if not arm.is_joint]
    differences, response = result.shown_differences(), result.rate_response
    with folder(arguments.out) as (files, written):
        last = -1 if result.logs[0].n_records else None
        rule = arguments.learning_rate if isinstance(arguments.learning_rate, str) else "as given"
        title = f"{Path(arguments.dataset).name} · {arguments.solver} · rates: {rule}"
        files.figure("comparison.png", ComparisonDisplay.from_comparison, result, update_epoch=last, title=title)
        if response is not None:
            name = f"{Path(arguments.dataset).name} · {arguments.solver} · {len(result.epochs) - 1} epochs"
            draw = RateResponseDisplay.from_comparison
            files.figure("rate_response.png", draw, result, band="quartiles", title=name)
        if elementwise:
            files.figure("activations.png", ActivationDisplay.from_names, tuple(dict.fromkeys(elementwise)))
        files.json(
            "run.json",
            {
                "command": "compare",
                "logitscope": __version__,
                "dataset": arguments.dataset,
                "seeds": arguments.seeds,
                "seeds_done": [] if is_partial else result.seeds,
                "interrupted": result.is_interrupted,
                "learning_rate": arguments.learning_rate,
                "solver": arguments.solver,
                "max_iter": arguments.max_iter,
                "epochs_done": len(result.epochs) - 1,
                "alpha": arguments.alpha,
                "test_size": arguments.test_size,
                "standardized": not arguments.no_standardize,
                "target_loss": result.target_loss,
                "table": result.rows(),
                "differences": [] if differences is None else differences.rows(),
                "rate_response": None
                if response is None
                else {"rates": response.tried, response.metric: response.scores, "chosen": response.chosen},
                "curves": {"epochs": result.epochs, **result.curves},
            },
        )
        result.logs[0].save(files.path("update_log.npz"))
    return written


__all__ = ["run"]
