"""Why a run ended, as a value whose text is the sentence shown; it never knows how the run was made."""

from enum import Enum


class Status(Enum):
    """Why a run ended.

    Examples
    --------
    >>> print(Status.CONVERGED)
    converged: the gradient is within the tolerance
    >>> Status.CONVERGED.is_success
    True
    """

    CONVERGED = "converged: the gradient is within the tolerance"
    OUT_OF_EPOCHS = "out of epochs: the gradient is still above the tolerance"
    EPOCHS_DONE = "done: all epochs were run, as asked"
    EARLY_STOPPED = "stopped early: the validation loss no longer improved, and the best parameters were restored"
    STOPPED = "stopped by the caller; the parameters reached so far were kept"
    INTERRUPTED = "interrupted; the parameters reached so far were kept"
    DIVERGED = "diverged: the objective rose far above its start; the parameters of the best epoch were kept"
    NOT_FINITE = "not finite: the run left the floating-point range; the parameters of the best epoch were kept"
    UNITS = "not converged: the gradient is within the tolerance only because columns of the data are tiny"
    STUCK = "stuck: no step along the search direction lowers the objective any more"
    SEPARATED = "separated: a hyperplane tells the classes apart, so that the optimum lies at infinity"

    def __str__(self) -> str:
        return self.value

    @property
    def is_success(self) -> bool:
        """Whether the run ended as it was meant to."""
        return self in (Status.CONVERGED, Status.EPOCHS_DONE, Status.EARLY_STOPPED)


__all__ = ["Status"]
