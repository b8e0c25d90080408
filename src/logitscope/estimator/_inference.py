"""A fitted estimator and the data of its fit, as the objective that inference reads.

It knows which settings of the estimator leave a likelihood; it never knows the theory.
"""

from typing import Any

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.estimator._labels import Labels
from logitscope.estimator._run import objective_of, used_rows
from logitscope.inference import Inference, infer


def inferred(model: Any, X: Any, labels: Labels, weights: FloatArray, level: Any, information: Any) -> Inference:
    """Return what the fit of `model` says of its coefficients; see `infer`.

    Parameters
    ----------
    model : LogisticRegression
        Fitted; its parameters are read.
    X, labels, weights
        Checked data of the fit; rows of weight 0 are left out.

    Raises
    ------
    IncompatibleError
        Where the theory does not hold.
    """
    settings = model.get_params(deep=False)
    if settings["class_weight"] is not None:
        raise IncompatibleError(
            "Cannot infer from a fit with `class_weight`: it weights classes, so that what was maximised is no"
            " likelihood of these data. Fit with class_weight=None, and counts of observations as sample_weight."
        )
    if settings["penalty"] is not None:
        raise IncompatibleError(
            f"Cannot infer from a fit with `penalty={settings['penalty']!r}`: a penalty biases the coefficients, which"
            " standard errors do not show. Fit with penalty=None."
        )
    objective = objective_of(model, X, labels.target, weights, used_rows(weights))
    names = [str(name) for name in model.feature_names_in_] if hasattr(model, "feature_names_in_") else None
    return infer(objective, model._params, names=names, level=level, information=information)


__all__ = ["inferred"]
