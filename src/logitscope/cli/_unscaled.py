"""The model of standardised features as the model of the features as they are.

It rewrites coefficients; it never knows how they were trained.
"""

import copy
from typing import Any

import numpy as np


def unscaled(clf: Any, mean: Any, scale: Any) -> Any:
    """Return a copy that takes X where the model was trained on (X − mean) / scale: the same z, to rounding.

    (x − m)/s · w + b = x · (w/s) + (b − m · (w/s)). The optimizer's state goes: it is in the old units.
    """
    model = copy.copy(clf)
    model.coef_ = clf.coef_ / scale
    model.intercept_ = clf.intercept_ - model.coef_ @ mean
    weights = clf._params[:-1] / scale[:, None]
    model._params = np.vstack([weights, clf._params[-1:] - mean @ weights])
    model._state = None
    return model


__all__ = ["unscaled"]
