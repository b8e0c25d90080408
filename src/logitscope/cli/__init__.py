"""The command line: arguments to calls, results to a table, figures and files; no mathematics.

Everything heavy is imported by the command that needs it, so that ``--help`` is immediate.
"""

import argparse
import sys
from collections.abc import Sequence

from logitscope.cli._arguments import parse


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        Exit code: 0 done, 1 a claim failed, 2 an argument or a file that cannot be used, 130 interrupted.
    """
    arguments = parse(argv)
    from logitscope._exceptions import InvalidInputError, MissingDependencyError

    try:
        code: int = arguments.run(arguments)
    except (InvalidInputError, MissingDependencyError, OSError) as error:
        print(f"logitscope {arguments.command}: {_in_words(error, arguments)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"logitscope {arguments.command}: interrupted before there was anything to keep", file=sys.stderr)
        return 130
    return code


# What the calls below name otherwise than it is typed here.
_TYPED = {"name_or_path": "DATASET", "n_samples": "--samples", "activation": "--activations", "loss": "--losses"}


def _in_words(error: Exception, arguments: argparse.Namespace) -> str:
    """Return the error's sentence, with arguments named as they were typed."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    sentence = str(error)
    for name in vars(arguments):
        sentence = sentence.replace(f"`{name}`", f"`--{name.replace('_', '-')}`")
    for name, typed in _TYPED.items():
        sentence = sentence.replace(f"`{name}`", f"`{typed}`")
    return sentence


__all__ = ["main"]
