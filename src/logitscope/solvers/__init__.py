"""Full-batch methods that own their iteration, as generators of the same steps that the loop yields.

They know the objective; they never know a recorder's storage or a plot. The training drains and judges them as it
does the loop.
"""

from logitscope.solvers._auto import Auto
from logitscope.solvers._base import Solver
from logitscope.solvers._certify import Known, certify
from logitscope.solvers._coordinates import Coordinates, choose_coordinates
from logitscope.solvers._firth import Firth
from logitscope.solvers._lbfgs import LBFGS
from logitscope.solvers._newton import Newton
from logitscope.solvers._subsampled import Subsampled

SOLVERS: dict[str, type[Solver]] = {solver.name: solver for solver in (Auto, Newton, LBFGS, Subsampled)}

__all__ = [
    "LBFGS",
    "SOLVERS",
    "Auto",
    "Coordinates",
    "Firth",
    "Known",
    "Newton",
    "Solver",
    "Subsampled",
    "certify",
    "choose_coordinates",
]
