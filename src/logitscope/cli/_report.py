"""``logitscope report``.

It turns a folder into a page; it never knows what a page looks like.
"""

import argparse
from pathlib import Path

from logitscope._exceptions import InvalidInputError
from logitscope.cli._show import print_files
from logitscope.report import html_report


def run(arguments: argparse.Namespace) -> int:
    """Write the report of a run beside its files."""
    place = Path(arguments.folder)
    out = place / "report.html" if arguments.out is None else Path(arguments.out)
    text = html_report(place)
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            f"`--out` must be a file that can be written; got {str(out)!r} ({error.strerror})."
        ) from error
    print_files([out])
    return 0


__all__ = ["run"]
