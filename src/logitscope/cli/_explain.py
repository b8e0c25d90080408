"""``logitscope explain``.

It turns arguments into one comparison and the explanation of its two arms; it never knows how a setting is rewritten.
"""

import argparse
from pathlib import Path

from logitscope import __version__
from logitscope._exceptions import InvalidInputError
from logitscope.cli._compared import compared
from logitscope.cli._data import load, scaling
from logitscope.cli._files import check_writable, folder
from logitscope.cli._show import print_facts, print_files, print_table, wrapped
from logitscope.comparison import Comparison, Explanation


def run(arguments: argparse.Namespace) -> int:
    """Compare two arms, explain their difference, and write explanation.json and a figure."""
    check_writable(arguments.out)
    if len(arguments.arms) != 2:
        raise InvalidInputError(f"`--arms` must be two activations, A,B; got {','.join(arguments.arms) or 'none'}.")
    if arguments.arms[0] == arguments.arms[1]:
        raise InvalidInputError(f"`--arms` must be two activations that differ; got {arguments.arms[0]} twice.")
    dataset = load(arguments)
    result = compared(arguments, dataset, arguments.arms, (arguments.loss,))
    explained = result.explain(*(arm.label for arm in result.arms))
    written = [] if arguments.out is None else _write(arguments, result, explained)
    print_facts(
        f"Why do {explained.first} and {explained.second} differ?",
        [
            ("data", f"{arguments.dataset}: {len(dataset.X)} samples, {dataset.X.shape[1]} features"),
            ("features", scaling(arguments)),
            ("runs", f"{len(result.logs)} seeds, {len(result.epochs) - 1} epochs, {arguments.solver}"),
        ],
    )
    print_table(*explained.table())
    if explained.rewrite is not None:
        print_table(*explained.rewrite.table())
    print("\n".join(wrapped(explained.reason, 100)), end="\n\n")
    print("\n".join(wrapped(explained.verdict, 100)))
    if written:
        print_files(written)
    return 130 if result.is_interrupted else 0


def _write(arguments: argparse.Namespace, result: Comparison, explained: Explanation) -> list[Path]:
    from logitscope.displays import ComparisonDisplay

    rewrite = explained.rewrite
    with folder(arguments.out) as (files, written):
        last = -1 if result.logs[0].n_records else None
        title = f"{Path(arguments.dataset).name} · {arguments.solver} · as given"
        files.figure("comparison.png", ComparisonDisplay.from_comparison, result, update_epoch=last, title=title)
        files.json(
            "explanation.json",
            {
                "command": "explain",
                "logitscope": __version__,
                "dataset": arguments.dataset,
                "arms": [explained.first, explained.second],
                "seeds": result.seeds,
                "interrupted": result.is_interrupted,
                "loss": arguments.loss,
                "learning_rate": arguments.learning_rate,
                "solver": arguments.solver,
                "max_iter": arguments.max_iter,
                "alpha": arguments.alpha,
                "is_reparametrisation": explained.is_reparametrisation,
                "reason": explained.reason,
                "verdict": explained.verdict,
                "winner": explained.winner,
                "largest_gap": explained.largest_gap,
                "table": explained.rows(),
                "rewrite": [] if rewrite is None else _rows(*rewrite.table()),
            },
        )
    return written


def _rows(headings: list[str], cells: list[list[str]]) -> list[dict[str, str]]:
    return [dict(zip(headings, row, strict=True)) for row in cells]


__all__ = ["run"]
