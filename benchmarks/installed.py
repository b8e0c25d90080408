"""The solvers once more, as installed: BLAS has as many threads as it starts by itself, for us and for every rival."""

from dataclasses import replace

from benchmarks import solvers
from benchmarks._races import Result


def run(quick: bool) -> Result:
    """Race on every shape."""
    result = solvers.run(quick)
    figures = [replace(figure, name=f"as installed: {figure.name}") for figure in result.figures]
    notes = ["Shapes, contestants and tolerances as above; nobody's number of threads is set."]
    return replace(result, name="installed", title="Solvers to 1e-8, as installed", notes=notes, figures=figures)


__all__ = ["run"]
