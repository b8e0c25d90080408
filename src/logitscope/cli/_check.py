"""``logitscope check``."""

import argparse

from logitscope._exceptions import unknown_name
from logitscope.claims import CLAIMS
from logitscope.cli._show import console


def run(arguments: argparse.Namespace) -> int:
    """Measure claims, print a verdict and its figures for each, and return 1 if one fails."""
    from rich.text import Text

    names = [name.upper() for name in arguments.names] or list(CLAIMS)
    for name in names:
        if name not in CLAIMS:
            raise unknown_name("CLAIM", name, CLAIMS)
    out, n_failed = console(), 0
    for name in names:
        verdict = CLAIMS[name]()
        n_failed += not verdict.holds
        mark = Text("holds" if verdict.holds else "FAILS", style="green" if verdict.holds else "bold red")
        out.print(Text(f"{name}  ") + mark + Text(f"  {verdict.statement}: {verdict.figure}"), soft_wrap=True)
    out.print(f"{len(names) - n_failed} of {len(names)} claims hold")
    return 1 if n_failed else 0


__all__ = ["run"]
