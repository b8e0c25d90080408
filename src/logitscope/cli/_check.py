"""``logitscope check``.

It prints verdicts; it never knows what a claim says or how it is measured.
"""

import argparse
import sys

from logitscope._exceptions import unknown_name
from logitscope.claims import CLAIMS, Verdict
from logitscope.cli._show import PROSE, console, wrapped


def run(arguments: argparse.Namespace) -> int:
    """Measure claims, print a verdict and its figures for each, and return 1 if one fails."""
    names = [name.upper() for name in arguments.names] or list(CLAIMS)
    for name in names:
        if name not in CLAIMS:
            raise unknown_name("CLAIM", name, CLAIMS)
    n_done = n_failed = 0
    try:
        for name in names:
            verdict = CLAIMS[name]()
            n_failed += not verdict.holds
            _print(name, verdict)
            n_done += 1
    except KeyboardInterrupt:
        print(f"logitscope check: interrupted in {names[n_done]}, after {n_done} of {len(names)}", file=sys.stderr)
        return 130
    console().print(f"{len(names) - n_failed} of {len(names)} claims hold")
    return 1 if n_failed else 0


def _print(name: str, verdict: Verdict) -> None:
    """Print the statement, and the figures below it, one a line."""
    from rich.text import Text

    out = console()
    mark = Text("holds" if verdict.holds else "FAILS", style="green" if verdict.holds else "bold red")
    width, indent = min(out.width, PROSE), len(f"{name}  holds  ")
    first, *others = wrapped(verdict.statement, width, indent)
    out.print(Text(f"{name}  ") + mark + Text(f"  {first}"), soft_wrap=True)
    for line in others:
        out.print(Text(" " * indent + line), soft_wrap=True)
    for figure in verdict.figure.split("; "):
        for index, line in enumerate(wrapped(figure, width, 8)):
            out.print(Text(" " * (6 if index == 0 else 8) + line), soft_wrap=True)


__all__ = ["run"]
