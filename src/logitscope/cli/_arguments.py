"""What can be typed, and what it means.

Names that are allowed come from the registries. Nothing here knows what a value may be: that is checked by the calls
that need it.
"""

import argparse
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

_EPILOGS = {
    "train": """examples:
  logitscope train moons --out out
  logitscope train breast_cancer --activation tanh --loss squared_error --solver adam
  logitscope train patients.csv --target outcome --out out""",
    "compare": """examples:
  logitscope compare moons --out out
  logitscope compare moons --learning-rate 0.5              equal rates: tanh looks faster
  logitscope compare moons --learning-rate matched          the same model in other units
  logitscope compare moons --learning-rate tuned --out out  each arm at its best rate, and what every rate gave
  logitscope compare digits --activations sigmoid,tanh,softmax --losses cross_entropy,squared_error""",
    "explain": """examples:
  logitscope explain moons --arms tanh,sigmoid              why does tanh win? in units of its own it does not
  logitscope explain digits --arms tanh,sigmoid --loss squared_error --learning-rate 0.3
  logitscope explain breast_cancer --arms tanh,probit --solver adam --learning-rate 0.01 --out out""",
    "activations": """examples:
  logitscope activations
  logitscope activations sigmoid tanh softsign --out out""",
    "report": """examples:
  logitscope train moons --out out && logitscope report out
  logitscope report out --out moons.html""",
    "suspects": """examples:
  logitscope suspects patients.csv --target outcome --out suspects.csv
  logitscope suspects digits --false-alarms 0.01""",
    "check": """examples:
  logitscope check
  logitscope check S4 S7""",
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage of everything; its help lists what registries hold.

    They are read when the help is shown: they need numpy, and parsing does not.
    """

    commands: dict[str, "_Parser"]
    """Of the parser of everything: those of the commands."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. See `{self.prog} --help`.\n")

    def format_help(self) -> str:
        for action in self._actions:
            action.help = re.sub(r"\{(\w+)\}", _names_in, action.help or "")
        return super().format_help()


def _names_in(registry: re.Match[str]) -> str:
    """Return the names that ``{REGISTRY}`` stands for."""
    room = import_module(f"logitscope.{registry[1].lower()}")
    return ", ".join(getattr(room, registry[1]))


def _lazily(command: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that is imported when it runs."""

    def run(arguments: argparse.Namespace) -> int:
        from logitscope.cli._cycles import kept

        with kept():
            module = import_module(f"logitscope.cli._{command}")
        code: int = module.run(arguments)
        return code

    return run


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse arguments; a wrong one exits with code 2 and a sentence."""
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:  # told by the command, whose help lists what it knows
        parser.commands[arguments.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def _parser() -> _Parser:
    from logitscope import __version__

    parser = _Parser(
        prog="logitscope",
        description="Logistic regression under the microscope: train, compare activations, and see every sample's"
        " update against its pre-activation z.",
        epilog="Begin with `logitscope compare moons --out out`; `logitscope COMMAND --help` has examples of each.",
    )
    parser.add_argument("--version", action="version", version=f"logitscope {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _train(_command(commands, "train", "train on a dataset and show every sample's update against z"))
    _compare(_command(commands, "compare", "train activations side by side on the same data with the same seeds"))
    _explain(
        _command(commands, "explain", "say what of a difference between two activations is units, and what is real")
    )
    _activations(_command(commands, "activations", "show activations, their derivatives, and where they lose digits"))
    _report(_command(commands, "report", "put a run's figures and numbers into one HTML file that opens offline"))
    _suspects(_command(commands, "suspects", "find labels that are likely wrong, and suggest others"))
    _check(_command(commands, "check", "measure the claims S1-S9 that the project comes from"))
    parser.commands = commands.choices
    return parser


def _command(commands: Any, name: str, purpose: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=purpose,
        description=purpose[0].upper() + purpose[1:] + ".",
        epilog=_EPILOGS[name],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_lazily(name))
    return parser


def _data(parser: argparse.ArgumentParser, *, is_split: bool = True) -> None:
    data = parser.add_argument_group("data")
    data.add_argument(
        "dataset",
        metavar="DATASET",
        help="{DATASETS}, or the path of a CSV file",
    )
    data.add_argument("--target", metavar="COLUMN", help="CSV column with the labels, by name or number (last)")
    data.add_argument("--samples", type=int, metavar="N", help="number of samples to make or draw")
    data.add_argument("--noise", type=float, metavar="SD", help="noise of a generated dataset")
    if is_split:
        data.add_argument("--test-size", type=float, default=0.25, metavar="SHARE", help="rows held out (0.25)")
    data.add_argument("--no-standardize", action="store_true", help="train on the features as they are")


def _model(parser: Any, solvers: str) -> None:
    parser.add_argument("--solver", default="gd", metavar="NAME", help=f"{solvers} (gd)")
    parser.add_argument("--batch-size", type=int, metavar="N", help="rows in a batch (all; 32 for sgd)")
    parser.add_argument("--max-iter", type=int, default=200, metavar="N", help="epochs (200)")
    parser.add_argument("--alpha", type=float, default=0.0, metavar="A", help="strength of the penalty (0)")


def _output(parser: argparse.ArgumentParser, what: str = "figures, run.json and the log") -> None:
    output = parser.add_argument_group("output")
    output.add_argument("--out", metavar="DIR", help=f"write {what} there")
    output.add_argument("--quiet", action="store_true", help="no progress bar")


def _train(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    model = parser.add_argument_group("model")
    model.add_argument("--activation", default="sigmoid", metavar="NAME", help="{ACTIVATIONS} (sigmoid)")
    model.add_argument("--loss", default="cross_entropy", metavar="NAME", help="{LOSSES} (cross_entropy)")
    model.add_argument("--learning-rate", type=_rate, default="auto", metavar="RATE", help="a number, or auto (auto)")
    _model(model, "{OPTIMIZERS}, {SOLVERS}")
    model.add_argument("--l1-ratio", type=float, default=0.0, metavar="SHARE", help="share of L1 in the penalty (0)")
    model.add_argument("--tol", type=float, default=1e-6, metavar="TOL", help="gradient of a converged run (1e-6)")
    model.add_argument("--early-stopping", action="store_true", help="stop when the held-out loss no longer improves")
    model.add_argument("--seed", type=int, default=0, metavar="N", help="seed of split, initial values and batches (0)")
    model.add_argument("--every", type=int, default=1, metavar="K", help="record every K epochs (1)")
    _output(parser)


def _compare(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    arms = parser.add_argument_group("arms")
    arms.add_argument(
        "--activations",
        type=_names,
        default=("sigmoid", "tanh"),
        metavar="A,B",
        help="of {ACTIVATIONS} (sigmoid,tanh)",
    )
    arms.add_argument(
        "--losses", type=_names, default=("cross_entropy",), metavar="A,B", help="of {LOSSES} (cross_entropy)"
    )
    arms.add_argument(
        "--learning-rate",
        type=_rates,
        default="auto",
        metavar="RATE",
        help="auto: the largest that each arm's curvature allows; matched: the same model in other units; tuned: the"
        " best of each arm, on a part of the training rows; or numbers: 0.1,1",
    )
    arms.add_argument("--seeds", type=int, default=5, metavar="N", help="number of seeds (5)")
    _model(arms, "{OPTIMIZERS}")
    _output(parser)


def _explain(parser: argparse.ArgumentParser) -> None:
    _data(parser)
    arms = parser.add_argument_group("arms")
    arms.add_argument(
        "--arms",
        type=_names,
        default=("tanh", "sigmoid"),
        metavar="A,B",
        help="two of {ACTIVATIONS}: the second is rewritten in the units of the first (tanh,sigmoid)",
    )
    arms.add_argument("--loss", default="cross_entropy", metavar="NAME", help="{LOSSES} (cross_entropy)")
    arms.add_argument(
        "--learning-rate",
        type=_rate,
        default=0.1,
        metavar="RATE",
        help="of both arms: a number, auto, matched or tuned (0.1)",
    )
    arms.add_argument("--seeds", type=int, default=5, metavar="N", help="number of seeds (5)")
    _model(arms, "{OPTIMIZERS}")
    _output(parser, "a figure of the arms as given and explanation.json")


def _activations(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="{ACTIVATIONS} (all)")
    parser.add_argument("--out", metavar="DIR", help="write a figure of them there")


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="RUN", help="folder that train or compare wrote with --out")
    parser.add_argument("--out", metavar="FILE", help="where to write the page (RUN/report.html)")


def _suspects(parser: argparse.ArgumentParser) -> None:
    _data(parser, is_split=False)
    search = parser.add_argument_group("search")
    search.add_argument(
        "--false-alarms",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="expected share of suspects among the rows whose label is right (0.05)",
    )
    search.add_argument("--max-iter", type=int, default=100, metavar="N", help="epochs (100)")
    output = parser.add_argument_group("output")
    output.add_argument("--top", type=int, default=20, metavar="N", help="suspects to print (20)")
    output.add_argument("--out", metavar="FILE", help="write every row with its score there, as CSV")
    output.add_argument("--quiet", action="store_true", help="no progress bar")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="CLAIM", help="which of S1 ... S9 (all)")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _rate(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _rates(text: str) -> Any:
    rates = [_rate(part) for part in _names(text)]
    return rates[0] if len(rates) == 1 else rates


__all__ = ["parse"]
