"""``logitscope activations``.

It reads activations at a few points; it never knows data, labels or a loss.
"""

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
        "1 - p at 20",
        "p = 1/2 at",
        "audit",
    ]
    print_table(headings, rows)
    if arguments.out is not None:
        _draw(arguments.out, names)
    return 0


def _draw(out: str, names: tuple[str, ...]) -> None:
    from logitscope.displays import ActivationDisplay

    elementwise = tuple(name for name in names if not get_activation(name).couples_columns)
    for name in names:
        if name not in elementwise:
            print(f"{name} couples classes: no curve to draw")
    if elementwise:
        with folder(out) as (files, written):
            files.figure("activations.png", ActivationDisplay.from_names, elementwise)
        print_files(written)


def _row(name: str) -> list[str]:
    phi = get_activation(name)
    grid = np.linspace(-6, 6, 2401)
    far = np.array([20.0])
    if phi.couples_columns:  # the first of two classes, the other at 0
        grid, far = (np.stack([z, np.zeros_like(z)], axis=-1) for z in (grid, far))
    slope = phi.derivative(grid).reshape(2401, -1)[:, 0]
    top = np.flatnonzero(slope == slope.max())
    ends = grid.reshape(2401, -1)[:, 0].take(top if top.size == 1 else [top[0] - 1, top[-1] + 1], mode="clip")
    return [
        name,
        f"({phi.lower:g}, {phi.upper:g})",
        f"{slope.max():.4g}",
        " to ".join(f"{z:.3g}" for z in ends),  # where the slope is flat at the top, between the last lower points
        f"{phi.derivative(far).ravel()[0]:.3g}",
        f"{phi.complement(far).ravel()[0]:.3g}",
        f"{phi.midpoint:.3g}",
        "passed" if check_activation(phi).passed else "failed",
    ]


__all__ = ["run"]
