"""What watches a run: it sees every step that is made, and can act on none.

It never knows what is done with what was seen.
"""

from typing import Protocol

from logitscope.steps import Step


class Observer(Protocol):
    """Something that watches a run.

    One with a method `observe_all(stretch, n)` besides is shown the first n steps of a `Stretch` together.
    """

    def observe(self, step: Step) -> None:
        """Look at a step that is made."""


__all__ = ["Observer"]
