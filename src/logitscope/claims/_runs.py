"""Runs that a verdict may rest on: complete ones.

It knows how a run ended; it never knows what was trained.
"""

import warnings
from typing import Any

from logitscope.comparison import Comparison
from logitscope.estimator import LogisticRegression
from logitscope.status import Status


def fitted(clf: LogisticRegression, X: Any, y: Any) -> LogisticRegression:
    """Fit.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C broke the run off: its parameters are kept, and say nothing about the claim.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*interrupted")
        clf.fit(X, y)
    if clf.status_ is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return clf


def complete(comparison: Comparison) -> Comparison:
    """Return a comparison of all seeds.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C left some out.
    """
    if comparison.is_interrupted:
        raise KeyboardInterrupt
    return comparison


__all__ = ["complete", "fitted"]
