"""One comparison, as the arguments of a command ask for it.

It turns arguments into runs; it never knows what is shown of them.
"""

import argparse
from collections.abc import Sequence

from logitscope.cli._show import progress
from logitscope.comparison import Comparison, compare
from logitscope.datasets import Dataset


def compared(
    arguments: argparse.Namespace, dataset: Dataset, activations: Sequence[str], losses: Sequence[str]
) -> Comparison:
    """Run the comparison, counting its seeds aloud."""
    with progress("seeds", arguments.seeds, arguments.quiet) as tick:
        return compare(
            dataset.X,
            dataset.y,
            activations=activations,
            losses=losses,
            learning_rate=arguments.learning_rate,
            seeds=arguments.seeds,
            solver=arguments.solver,
            batch_size=arguments.batch_size,
            max_iter=arguments.max_iter,
            alpha=arguments.alpha,
            test_size=arguments.test_size,
            standardize=not arguments.no_standardize,
            progress=tick,
        )


__all__ = ["compared"]
