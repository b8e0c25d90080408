"""A fitted estimator and the data of its fit, as the objective that influence reads.

It knows which settings of the estimator leave a smooth minimum; it never knows the theory.
"""

from typing import Any

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.estimator._labels import Labels
from logitscope.estimator._run import objective_of, used_rows
from logitscope.influence import Influence, measure_influence


def influenced(model: Any, X: Any, labels: Labels, weights: FloatArray, information: Any) -> Influence:
    """Return what each sample does to the fit of `model`; see `measure_influence`.

    Parameters
    ----------
    model : LogisticRegression
        Fitted; its parameters are read.
    X, labels, weights
        Checked data of the fit; rows of weight 0 are left out.

    Raises
    ------
    IncompatibleError
        Where there is no smooth minimum.
    """
    if model.penalty is not None:
        raise IncompatibleError(
            f"Cannot measure influence on a fit with `penalty={model.penalty!r}`: every sample changes that penalty"
            " too. Fit with penalty=None, and with alpha > 0 if the classes are separated."
        )
    names = [str(name) for name in model.feature_names_in_] if hasattr(model, "feature_names_in_") else None
    if getattr(model, "separation_", None):
        known = names or [f"x{j}" for j in range(model.n_features_in_)]
        raise IncompatibleError(
            f"Cannot measure influence on a fit to separated classes. {model.separation_.sentence(known)}"
        )
    objective = objective_of(model, X, labels.target, weights, used_rows(weights))
    return measure_influence(objective, model._params, names=names, information=information)


__all__ = ["influenced"]
