"""How many rows a batch has.

It reads the optimizer's own number; it never draws a row.
"""

from logitscope._exceptions import InvalidInputError
from logitscope.optimizers import Optimizer


def fill_batch_size(optimizer: Optimizer, batch_size: int | None, n_samples: int) -> int | None:
    """Return the rows of a batch: as given, else what the optimizer is made for; None is the full batch.

    Raises
    ------
    InvalidInputError
        More rows than there are.

    Examples
    --------
    >>> from logitscope.optimizers import SGD, Adam
    >>> fill_batch_size(SGD(), None, 500), fill_batch_size(SGD(), None, 20), fill_batch_size(Adam(), None, 500)
    (32, 20, None)
    """
    if batch_size is None:
        own = optimizer.default_batch_size
        return own if own is None else min(own, n_samples)
    if batch_size > n_samples:
        raise InvalidInputError(
            f"`batch_size` must be an integer from 1 to the number of training samples, {n_samples};"
            f" got {batch_size!r}."
        )
    return batch_size


__all__ = ["fill_batch_size"]
