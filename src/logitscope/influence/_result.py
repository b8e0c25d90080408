"""What each sample does to a fit, as arrays and as a table.

It computes what follows from changes of the parameters; it never knows how they were found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from logitscope._exceptions import require_pandas
from logitscope._typing import FloatArray, IntArray
from logitscope.influence._refit import Refits

_SHOWN = 10


class LeaveOneOut(NamedTuple):
    """The fits without each sample, by one Newton step from the fit with all.

    NaN where a sample alone holds some direction: without it there is no optimum nearby.
    """

    params: FloatArray
    """(n_samples, n_params), or (n_samples, n_params, n_columns)."""
    z: FloatArray
    """Pre-activation of each sample in the fit that has not seen it, (n_samples,) or (n_samples, n_columns)."""
    loss: FloatArray
    """Loss there, (n_samples,) or (n_samples, n_columns); coupled columns hold terms that sum to the sample's loss."""


@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """What each sample does to the parameters of a fit.

    Rows are samples of weight > 0, in the order of `sample_index`. One column has no last axis; several that are
    independent (one against the rest) have one each. Softmax is one problem: leverage, Cook's distance and residuals
    have no last axis, and the residuals are sizes, ≥ 0.

    Attributes
    ----------
    names : tuple of str
        Of the parameters, (n_params,), the intercept last.
    activation, loss_name : str
    information : {"expected", "observed"}
        The curvature behind all figures but `leave_one_out`, which takes the observed one, as Newton's step does.
    sample_index : ndarray of int, (n_samples,)
        Row of each sample in the X that was given.
    params : ndarray of shape (n_params,) or (n_params, n_columns)
        At the optimum.
    standard_error : ndarray as params
        √ of the diagonal of the inverse information, the penalty's curvature included.
    leverage : ndarray of shape (n_samples,) or (n_samples, n_columns)
        hᵢ, from 0 to 1 with the expected information: how much of the information at its own place a sample holds.
        They sum to the number of parameters (to less with a penalty).
    pearson_residual : ndarray as leverage
        √sᵢ (yᵢ − pᵢ)/√(pᵢ qᵢ); for softmax √(sᵢ Σₖ (yᵢₖ − pᵢₖ)²/pᵢₖ).
    studentized_residual : ndarray as leverage
        Over its standard deviation, √(1 − hᵢ).
    cooks_distance : ndarray as leverage
        dfbetaᵀ M dfbeta/n_params with M the information, in squares of standard errors.
    dfbeta : ndarray of shape (n_samples, n_params) or (n_samples, n_params, n_columns)
        Parameters with the sample less those without it, by one step.
    d_probability : ndarray of shape (n_samples,) or (n_samples, n_columns)
        φ′/(upper − lower) · x̃ᵢᵀ dfbetaᵢ: to first order, how much the sample raises its own probability.
    leave_one_out : LeaveOneOut
    """

    names: tuple[str, ...]
    activation: str
    loss_name: str
    information: Literal["expected", "observed"]
    sample_index: IntArray
    params: FloatArray
    standard_error: FloatArray
    leverage: FloatArray
    pearson_residual: FloatArray
    studentized_residual: FloatArray
    cooks_distance: FloatArray
    dfbeta: FloatArray
    d_probability: FloatArray
    leave_one_out: LeaveOneOut
    _refit: Callable[[Any], Refits] = field(repr=False)

    @property
    def dfbetas(self) -> FloatArray:
        """`dfbeta` in standard errors of the parameters."""
        scaled: FloatArray = self.dfbeta / self.standard_error
        return scaled

    def exact_leave_one_out(self, samples: Any) -> Refits:
        """Fit without each of a few samples, from where `leave_one_out` says that the fit will end.

        A penalty keeps its total strength alpha Σs, as in `leave_one_out`: a new estimator without the sample ends
        there with alpha Σs/(Σs − sᵢ).

        Parameters
        ----------
        samples : int or array_like of int, (n_chosen,)
            Rows of the X that was given, of weight > 0; one fit each.

        Returns
        -------
        Refits
            `samples`, `params`, `z` of the left-out sample and `status`, a row a fit. NaN where there is no optimum,
            such as after the last sample that kept the classes from being separated.

        Raises
        ------
        InvalidInputError
            A row that is not among the samples.
        """
        return self._refit(samples)

    def to_pandas(self) -> Any:
        """Return a DataFrame, a row a sample (and column, if there are several), with a dfbetas column a parameter.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        pd = require_pandas()
        n_columns = 1 if self.params.ndim == 1 else self.params.shape[1]
        shape = (len(self.sample_index), n_columns)

        def spread(values: FloatArray) -> FloatArray:
            each: FloatArray = np.broadcast_to(values if values.ndim == 2 else values[:, None], shape).ravel()
            return each

        table: dict[str, Any] = {"sample": np.repeat(self.sample_index, n_columns)}
        if n_columns > 1:
            table["column"] = np.tile(np.arange(n_columns), shape[0])
        for name in ("leverage", "pearson_residual", "studentized_residual", "cooks_distance", "d_probability"):
            table[name] = spread(getattr(self, name))
        table["z_without"], table["loss_without"] = spread(self.leave_one_out.z), spread(self.leave_one_out.loss)
        scaled = self.dfbetas.reshape(shape[0], len(self.names), n_columns)
        for j, name in enumerate(self.names):
            table[f"dfbetas_{name}"] = scaled[:, j].ravel()
        return pd.DataFrame(table)

    def __str__(self) -> str:
        cook = np.nan_to_num(_largest(self.cooks_distance), nan=np.inf)
        order = np.argsort(-cook, kind="stable")[:_SHOWN]
        flat = self.dfbetas.reshape(len(cook), -1)
        head = ["sample", "Cook's distance", "leverage", "studentized", "largest DFBETAS"]
        rows = [head]
        for i in order:
            j = int(np.argmax(np.nan_to_num(np.abs(flat[i]), nan=-1.0)))
            residual = np.atleast_1d(self.studentized_residual[i])
            rows.append([
                str(self.sample_index[i]), f"{_largest(self.cooks_distance)[i]:.4g}",
                f"{_largest(self.leverage)[i]:.4f}", f"{residual[np.argmax(np.abs(residual))]:.3f}",
                f"{flat[i, j]:.3f} ({self.names[j // (flat.shape[1] // len(self.names))]})",
            ])  # fmt: skip
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]
        n_held = int(np.isnan(_largest(self.leave_one_out.z)).sum())
        return "\n".join([
            f"Influence of {len(cook)} samples on {self.params.size} parameters, activation {self.activation!r} with"
            f" {self.loss_name}, {self.information} information",
            f"the {len(order)} with the largest Cook's distance:" if len(cook) > _SHOWN else "",
            *lines,
            *([f"note: {n_held} hold a direction alone; without them there is no optimum nearby"] if n_held else []),
        ])  # fmt: skip

    def __repr__(self) -> str:
        return f"Influence({len(self.sample_index)} samples, {self.params.size} parameters, {self.information})"


def _largest(values: FloatArray) -> FloatArray:
    """The largest of a sample's columns, (n_samples,); NaN where one is NaN."""
    return values if values.ndim == 1 else values.max(axis=1)


__all__ = ["Influence", "LeaveOneOut"]
