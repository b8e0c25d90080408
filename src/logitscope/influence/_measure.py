"""From an objective and its optimum to the influence of each sample, or to the reason why there is none.

It knows what the quadratic of an optimum assumes; it never knows an estimator.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.influence._curvature import basis, remove_each, root_of_inverse, shares
from logitscope.influence._refit import refit_without
from logitscope.influence._refusals import refuse_unknown, refuse_unsmooth
from logitscope.influence._residuals import pearson, probability_change, studentized
from logitscope.influence._result import Influence, LeaveOneOut
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.solvers import Coordinates, choose_coordinates

# What is not yet at the optimum may be this far from it: in standard errors, and relative to the parameters. On
# separated data the first goes to 0, the second only as 1/|z|, and |z| ends (near 700) where exp underflows.
_FARTHEST, _LONGEST = 1e-2, 1e-4
_POLISHINGS = 4


class _Part(NamedTuple):
    """The figures of one problem: one column, or all columns of softmax."""

    params: FloatArray
    standard_error: FloatArray
    leverage: FloatArray
    pearson: FloatArray
    studentized: FloatArray
    cook: FloatArray
    dfbeta: FloatArray
    d_probability: FloatArray
    params_without: FloatArray
    z_without: FloatArray
    loss_without: FloatArray


def measure_influence(
    objective: Objective,
    params: FloatArray,
    *,
    names: Sequence[str] | None = None,
    information: Literal["expected", "observed"] = "expected",
) -> Influence:
    """Return what each sample does to the parameters of a fit.

    With M = Σ sᵢ Cᵢ x̃ᵢ x̃ᵢᵀ + Σs · alpha · I (no penalty on the intercept), gᵢ = sᵢ ∂ℓᵢ/∂z and hᵢ = sᵢ Cᵢ x̃ᵢᵀ M⁻¹ x̃ᵢ,
    one step to the fit without sample i changes the parameters by M⁻¹ x̃ᵢ gᵢ/(1 − hᵢ). With the observed information,
    C = ∂²ℓ/∂z², it is Newton's step; with the expected one, C = p′²/(p q), a step of Fisher scoring, whose figures are
    those of iteratively reweighted least squares. For cross-entropy with sigmoid, tanh and softmax both are the same.

    Parameters
    ----------
    objective : Objective
        Any elementwise smooth activation, one column or independent ones; softmax with cross-entropy. No penalty or
        an L2 penalty, which keeps its total strength alpha Σs when a sample leaves, as scikit-learn's C does.
    params : ndarray of shape (n_params, n_columns)
        Where the fit ended; a few Newton steps remove what its tolerance left over.
    names : sequence of str of shape (n_features,), optional
        Names of the features; x0, x1, … when absent.
    information : {"expected", "observed"}, default="expected"
        "expected" needs cross-entropy; any other loss has the observed one only.

    Returns
    -------
    Influence
        Where columns are collinear, of all parameters that fit alike those of smallest norm are meant.

    Raises
    ------
    IncompatibleError
        An L1 penalty, the hard activation, softmax with another loss, too many parameters, parameters that are not
        at a minimum (not converged, separated classes, other data).
    InvalidInputError
        An information or number of names that cannot be used.

    Notes
    -----
    A weight belongs to one sample (`var_weights` of statsmodels), which leaves with all of it; for a row that stands
    for several alike, give them as rows. One step does not see classes that become separated;
    `exact_leave_one_out` does.

    In the terms of statsmodels' `GLMInfluence` (``get_influence(observed=False)``): `leverage` is hat_matrix_diag,
    `pearson_residual` resid_pearson, `studentized_residual` resid_studentized, `dfbeta` d_params, `d_probability`
    d_fittedvalues; `cooks_distance` and `dfbetas` have its names. Its default, observed=True, mixes both informations
    where they differ; ours does not.

    References
    ----------
    Pregibon (1981), Logistic regression diagnostics, Annals of Statistics 9; Lesaffre and Albert (1989), Multiple-group
    logistic regression diagnostics, Applied Statistics 38, for softmax; Cook and Weisberg (1982), Residuals and
    Influence in Regression, section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from logitscope.pointwise import get_pointwise
    >>> from logitscope.sources import RowSource
    >>> X = np.zeros((4, 0))  # an intercept alone: 3 of 4, and p = 1/2 or 2/3 without one
    >>> mean = Objective(
    ...     RowSource(X), np.array([[0.0], [1], [1], [1]]), np.ones(4), get_pointwise("sigmoid", "cross_entropy")
    ... )
    >>> found = measure_influence(mean, np.log([[3.0]]))
    >>> found.leverage, found.dfbeta[:2, 0]  # −(y − p)/(n p q (1 − 1/n)) of the sample with y = 0: −4/3
    (array([0.25, 0.25, 0.25, 0.25]), array([-1.33333333,  0.44444444]))
    """
    refuse_unsmooth(objective)
    refuse_unknown(objective, names, information)
    if objective.pointwise.column(0).activation.couples_columns:
        found = _part(objective, params, information)
        at_optimum = found.params
        parts = found
    else:
        columns = [
            _part(_column(objective, j), params[:, [j]], information, which=j) for j in range(objective.n_columns)
        ]
        parts = _Part(*(np.stack(values, axis=-1) for values in zip(*columns, strict=True)))
        at_optimum = parts.params
        if len(columns) == 1:
            parts = columns[0]
    features = tuple(names) if names is not None else tuple(f"x{j}" for j in range(objective.source.n_features))
    pair = objective.pointwise.column(0)
    starts = parts.params_without.reshape(-1, *at_optimum.shape)
    return Influence(
        names=(*features, "intercept") if objective.fit_intercept else features,
        activation=pair.activation.name,
        loss_name=pair.loss.name,
        information=information,
        sample_index=objective.source.sample_index,
        params=parts.params,
        standard_error=parts.standard_error,
        leverage=parts.leverage,
        pearson_residual=parts.pearson,
        studentized_residual=parts.studentized,
        cooks_distance=parts.cook,
        dfbeta=parts.dfbeta,
        d_probability=parts.d_probability,
        leave_one_out=LeaveOneOut(parts.params_without, parts.z_without, parts.loss_without),
        _refit=partial(refit_without, objective, starts, at_optimum),
    )


def _column(objective: Objective, j: int) -> Objective:
    alpha = np.broadcast_to(objective.penalty.alpha, (objective.n_columns,))[j]
    return replace(
        objective,
        target=objective.target[:, [j]],
        pointwise=objective.pointwise.column(j),
        penalty=ElasticNet(float(alpha), objective.penalty.l1_ratio),
    )


def _part(objective: Objective, params: FloatArray, information: str, which: int = 0) -> _Part:
    """Measure one problem, in coordinates in which its columns are well conditioned."""
    view = choose_coordinates(objective)
    B, inside = basis(objective), view.objective
    inner = _polished(inside, view.inward(params), B, which)
    total = float(objective.weights.sum())
    observed = shares(inside, inner, B, expected=False)
    newton_root = root_of_inverse(inside, observed.bend)
    newton = remove_each(inside, observed, newton_root)
    share, root, removed = observed, newton_root, newton
    if information == "expected":
        share = shares(inside, inner, B, expected=True)
        root = root_of_inverse(inside, share.bend)
        removed = remove_each(inside, share, root)
    z = inside.z(inner)
    z_without = z + newton.step_z @ B.T
    outward = _outward(view, root, B)
    at, d_z = view.outward(inner), -removed.step_z @ B.T
    without = at + (newton.step @ _flat(_outward(view, newton_root, B))).reshape(-1, *at.shape)
    with np.errstate(all="ignore"):
        loss = objective.pointwise.value(z_without, objective.target)
    return _squeezed(
        _Part(
            params=at,
            standard_error=np.sqrt(np.square(outward).sum(axis=2) / total),
            leverage=removed.leverage,
            pearson=pearson(objective, z),
            studentized=studentized(objective, z, share, removed),
            cook=total * np.square(removed.step).sum(axis=1) / root.shape[2],
            dfbeta=-(removed.step @ _flat(outward)).reshape(-1, *at.shape),
            d_probability=probability_change(objective, z, d_z),
            params_without=without,
            z_without=z_without,
            loss_without=loss,
        ),
        objective,
    )


def _squeezed(part: _Part, objective: Objective) -> _Part:
    """Drop the axis of columns where there is one column."""
    if objective.n_columns > 1:
        return part
    with_columns = {"params", "standard_error", "dfbeta", "d_probability", "params_without", "z_without",
                    "loss_without"}  # fmt: skip
    return part._replace(**{name: getattr(part, name)[..., 0] for name in with_columns})


def _polished(objective: Objective, params: FloatArray, B: FloatArray, which: int) -> FloatArray:
    """Go to the optimum in a few Newton steps, if it is near."""
    total, first = float(objective.weights.sum()), True
    previous = np.inf
    for _ in range(_POLISHINGS):
        root = root_of_inverse(objective, shares(objective, params, B, expected=False).bend)
        gradient = objective.evaluate(params).gradient @ B
        white = np.einsum("iaf,ia->f", root, gradient)
        step = -(root @ white) @ B.T
        distance = np.sqrt(total) * float(np.linalg.norm(white))
        length = float(np.linalg.norm(step)) / max(float(np.linalg.norm(params @ B)), 1e-3)
        if first and not (distance <= _FARTHEST and length <= _LONGEST):
            column = f" (column {which})" if which else ""
            raise IncompatibleError(
                f"Cannot measure influence at these coefficients{column}: they must minimise the objective of the"
                f" given X, y and sample_weight; a Newton step moves them by {distance:.2g} standard errors and"
                f" {length:.2g} of their length. Separated classes have no minimum (fit with alpha > 0); else give"
                " the data of the fit, and fit with solver='newton'."
            )
        if not distance < previous / 2:
            break
        params, previous, first = params + step, distance, False
    return params


def _outward(view: Coordinates, root: FloatArray, B: FloatArray) -> FloatArray:
    """The root of the inverse curvature in the user's parameters, (n_params, n_columns, n_free)."""
    return np.einsum("ui,iaf,ca->ucf", view.jacobian, root, B, optimize=True)


def _flat(root: FloatArray) -> FloatArray:
    return root.reshape(-1, root.shape[2]).T


__all__ = ["measure_influence"]
