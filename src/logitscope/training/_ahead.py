"""Steps of small data, drawn a few ahead of the looks at them.

A step of a few hundred rows takes no longer than to judge it, and most looks change nothing. Steps that certainly go on
are judged together and never looked at one by one; whoever watches is shown them as ever, and none that is not made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence

from logitscope.steps import Step, Stretch
from logitscope.training._curves import Curves
from logitscope.training._looks import Look
from logitscope.training._observer import Observer
from logitscope.training._verdicts import Verdicts

_KEPT = 2**15  # pre-activations of the steps drawn together
_SHARE = 4  # of the steps made: how many are drawn at once, and so how many in vain where the run converges
_MOST = 128  # in vain at most, where only one that blows up ends a run early
_FEWEST = 8  # but at least so many: a stretch of them costs less than looks at five


class Ahead:
    """The steps of a run that are left to look at.

    Parameters
    ----------
    steps : generator
        Of full-batch steps, as `iterate` is: it may be sent how many to make together.
    size : int
        Pre-activations of a step.
    max_iter : int
        The step after so many epochs is looked at.
    observers : sequence of Observer
        The only one may take steps together, with a method `observe_all(stretch, n)`.
    """

    def __init__(
        self,
        steps: Generator[Step | Stretch, int | None, None],
        size: int,
        max_iter: int,
        verdicts: Verdicts,
        curves: Curves,
        observers: Sequence[Observer],
    ) -> None:
        self._steps, self._verdicts, self._curves, self._observers = steps, verdicts, curves, observers
        self._observe_all = getattr(observers[0], "observe_all", None) if len(observers) == 1 else None
        self._longest, self._max_iter = _KEPT // size, max_iter
        self._drawn: deque[Step] = deque()
        self._n_drawn = 0
        self._passed: Step | None = None
        self.n_passed = 0
        """Steps that went on without a look."""

    def __iter__(self) -> Ahead:
        return self

    def __next__(self) -> Step:
        while not self._drawn:
            length = min(self._longest, self._few(), self._max_iter - self._n_drawn)
            drawn = self._steps.send(int(length)) if length > 1 else next(self._steps)
            if not isinstance(drawn, Stretch):
                self._n_drawn += 1
                if length > 1 or drawn.certificate is not None:  # they come one by one
                    self._longest = 1
                return drawn
            self._n_drawn += len(drawn)
            n = self._verdicts.n_certain(drawn)
            self._curves.add_losses(drawn.evaluation.loss[:n])
            self._show(drawn, n)
            self._drawn.extend(drawn[at] for at in range(n, len(drawn)))
        return self._drawn.popleft()

    def _few(self) -> int:
        """Return how many steps to draw at once, if there is room."""
        if self._n_drawn == 0:
            return 1  # the first look sets what is judged by
        return max(self._n_drawn // _SHARE, _FEWEST) if self._verdicts.may_converge else _MOST

    def _show(self, stretch: Stretch, n: int) -> None:
        if n > 0 and (not self._observers or self._observe_all is not None):
            if self._observe_all is not None:
                self._observe_all(stretch, n)
            self._passed, self.n_passed = stretch[n - 1], self.n_passed + n
            return
        for at in range(n):
            self._passed, self.n_passed = stretch[at], self.n_passed + 1
            for observer in self._observers:
                observer.observe(self._passed)

    def latest(self, look: Look) -> Look:
        """Return the last look, or that at the last step which went on without one."""
        step = self._passed
        return look if step is None or step.epoch < look.n_done else Look.at(step)


__all__ = ["Ahead"]
