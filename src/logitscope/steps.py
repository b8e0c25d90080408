"""One step of a run, as everybody sees it: loops and solvers yield it, recorders and verdicts read it.

It holds what was computed, or the rule that it follows from; it never knows who computed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.objective import Evaluation
from logitscope.optimizers import Optimizer, factors, rates


class Certificate(NamedTuple):
    """What a solver knows of its own parameters before a step; each of shape (n_models,).

    All figures are in the solver's own coordinates, in which columns have size 1, so that they mean the same for data
    in any units.
    """

    residual: FloatArray
    """Largest violation of the optimality (KKT) conditions, relative to Σ sᵢ |∂ℓ/∂zᵢ|/Σ s, the scale of its terms; at a
    start of which `proof` says so, that of a sample of the rows."""
    decrement: FloatArray
    """Newton decrement λ = √(gᵀ H⁻¹ g): λ²/2 is how far the objective still is from its minimum."""
    distance: FloatArray
    """Length of the next step relative to the parameters: how many digits of them are right."""
    is_optimal: BoolArray
    """Whether the distance is within the tolerance and no step makes it smaller."""
    is_stuck: BoolArray
    """Whether no step lowers the objective although the distance is not, or the place is a plateau or a saddle."""
    rank: int | None = None
    """Rank of the design, the intercept included, where the solver has found it."""
    dependent: tuple[int, ...] = ()
    """Columns that take part in linear dependences, where the rank was found."""
    proof: str = ""
    """By what the decrement and the distance are known."""


class Step(NamedTuple):
    """One update, seen at the moment it is made. Its arrays are read, never written."""

    epoch: int
    """Epoch that the step belongs to, from 0."""
    index: int  # type: ignore[assignment]  # hides tuple.index
    """Number of updates made before it."""
    ends_epoch: bool
    batch: IntArray | None
    """Positions in the source; None is every row in order."""
    evaluation: Evaluation
    """Objective, gradient, z and grad_z of the batch at `params`."""
    params: FloatArray
    """Parameters before the update, (n_params, n_models)."""
    new_params: FloatArray
    """Parameters after it."""
    rate: float | FloatArray
    """Learning rate η, schedule included; (n_models,) if it differs by column."""
    factor: float | FloatArray
    """What the current gradient is multiplied by besides −η: a number, a diagonal laid out like the parameters, or a
    matrix a column, (n_params, n_params, n_models). Of coupled columns it leads from a column's gradient to what it
    moves of all, column after column: (n_params, n_models · n_params, n_models)."""
    state: Any
    """The optimizer's state before the update."""
    new_state: Any
    """The optimizer's state after it."""
    certificate: Certificate | None = None
    """What a solver knows of `params`; loops know nothing."""
    columns: IntArray | None = None
    """Which of the run's columns all of this is about, increasing; None is all of them. Those that have ended leave."""

    @property
    def z(self) -> FloatArray:
        """Pre-activations of the batch, (n_batch, n_models)."""
        return self.evaluation.z


@dataclass(frozen=True, eq=False)
class Stretch:
    """Full-batch steps that follow each other, known side by side; as a sequence, one by one."""

    epoch: int
    """Of the first step."""
    evaluation: Evaluation
    """Of all steps: the first axis counts them."""
    params: Sequence[FloatArray]
    """Parameters before every step, and after the last."""
    states: Sequence[Any]
    """The optimizer's states that go with them."""
    rule: Optimizer
    """Tells the learning rate of a step from the state before it, and the factor from that after it."""

    def __len__(self) -> int:
        return len(self.states) - 1

    def __getitem__(self, at: int) -> Step:
        seen, epoch, state, new_state = self.evaluation, self.epoch + at, self.states[at], self.states[at + 1]
        return Step(
            epoch, epoch, True, None, Evaluation(seen.loss[at], seen.gradient[at], seen.z[at]),
            self.params[at], self.params[at + 1],
            self.rule.rate(state), self.rule.gradient_factor(new_state), state, new_state,
        )  # fmt: skip

    def rates(self, n: int) -> list[float | FloatArray]:
        """Return the learning rates of the first n steps."""
        return rates(self.rule, self.states[:n])

    def factors(self, n: int) -> list[Any]:
        """Return the factors of the first n steps: numbers, or what returns the arrays and holds on to the states."""
        return factors(self.rule, self.states[1 : n + 1])


__all__ = ["Certificate", "Step", "Stretch"]
