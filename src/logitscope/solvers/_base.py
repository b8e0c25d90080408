"""What a full-batch solver is.

It never knows a particular solver.
"""

from collections.abc import Iterator
from typing import ClassVar, Protocol, runtime_checkable

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.steps import Step


@runtime_checkable
class Solver(Protocol):
    """A method that owns its iteration: it needs all rows at every step and finds its own step length."""

    name: ClassVar[str]

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one an epoch, without end.

        Raises
        ------
        IncompatibleError
            If the objective lacks something that the solver needs.
        """
        ...


__all__ = ["Solver"]
