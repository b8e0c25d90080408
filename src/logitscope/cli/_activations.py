"""``logitscope activations``."""

import argparse

import numpy as np

from logitscope.activations import ACTIVATIONS, check_activation, get_activation
from logitscope.cli._files import check_writable, folder
from logitscope.cli._show import print_files, print_table


def run(arguments: argparse.Namespace) -> int:
    """Print a table of activations, and draw them."""
    check_writable(arguments.out)
    names = tuple(dict.fromkeys(arguments.names or ACTIVATIONS))
    rows = [_row(name) for name in names]
    headings = [
        "activation",
        "range of a",
        "largest φ′",
        "at z",
        "φ′(20)",
        "1 - p at z = 20",
        "p = 1/2 at z",
        "audit",
    ]
    print_table("", headings, rows)
    if arguments.out is not None:
        from logitscope.displays import ActivationDisplay

        elementwise = tuple(name for name in names if not get_activation(name).couples_columns)
        with folder(arguments.out) as (files, written):
            if elementwise:
                files.figure("activations.png", ActivationDisplay.from_names(elementwise))
        print_files(written)
    return 0


def _row(name: str) -> list[str]:
    phi = get_activation(name)
    grid = np.linspace(-6, 6, 2401)
    far = np.array([20.0])
    if phi.couples_columns:  # the first of two classes, the other at 0
        grid, far = (np.stack([z, np.zeros_like(z)], axis=-1) for z in (grid, far))
    slope = phi.derivative(grid).reshape(2401, -1)[:, 0]
    at = float(grid.reshape(2401, -1)[np.argmax(slope), 0])
    return [
        name,
        f"({phi.lower:g}, {phi.upper:g})",
        f"{slope.max():.4g}",
        "-1 to 1" if name == "hard" else f"{at:.3g}",
        f"{phi.derivative(far).ravel()[0]:.3g}",
        f"{phi.complement(far).ravel()[0]:.3g}",
        f"{phi.midpoint:.3g}",
        "passed" if check_activation(phi).passed else "failed",
    ]


__all__ = ["run"]
