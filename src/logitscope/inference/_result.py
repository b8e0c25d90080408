"""The figures of a maximum-likelihood fit as arrays and as a table.

It computes what follows from estimates, covariances and log-likelihoods; it never knows the data.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal, NamedTuple

import numpy as np

from logitscope._exceptions import require_pandas
from logitscope._typing import BoolArray, FloatArray
from logitscope.activations import get_activation


class Uncertainty(NamedTuple):
    """The covariance matrix of the parameters, and what is on its diagonal."""

    covariance: FloatArray
    """(n_params, n_params). An entry may overflow where its standard errors do not."""
    standard_error: FloatArray
    """(n_params,)."""

    @classmethod
    def of(cls, root: FloatArray, lost: BoolArray) -> "Uncertainty":
        """Return K Kᵀ and the lengths of the rows of K, NaN where a parameter is not identified."""
        largest = np.abs(root).max(axis=1, initial=0.0)
        scale = np.where(largest > 0, largest, 1.0)
        rows = root / scale[:, None]
        error = scale * np.sqrt(np.square(rows).sum(axis=1))
        with np.errstate(over="ignore", under="ignore"):
            covariance = scale[:, None] * (rows @ rows.T) * scale
        covariance[lost], covariance[:, lost], error[lost] = np.nan, np.nan, np.nan
        return cls(covariance, error)


@dataclass(frozen=True, eq=False)
class Inference:
    """Standard errors, tests, intervals and information criteria of one binary maximum-likelihood fit.

    All arrays are in the order of `names`, the intercept last. Weights count observations.

    Attributes
    ----------
    names : tuple of str
        Of the parameters, (n_params,).
    activation : str
    level : float
        Coverage of the confidence intervals.
    information : {"expected", "observed"}
        Which standard errors `z`, `p_value` and `confidence_interval` use.
    estimate : ndarray of shape (n_params,)
        Coefficients, in units of the pre-activation per unit of the feature; NaN where not identified.
    expected, observed : Uncertainty
        `covariance` (n_params, n_params) and `standard_error` (n_params,) from the expected (Fisher) and the observed
        information.
    log_likelihood, null_log_likelihood : float
        Σ sᵢ log Lᵢ of single Bernoulli observations (no binomial coefficients), and the same of the model with the
        intercept alone; of p(z = 0) where there is no intercept.
    n_observations : float
        Σ s.
    n_parameters : int
        Number of parameters that are estimated: the rank of the design.
    n_null_parameters : int
        1 with an intercept, else 0.
    distance : float
        How far the coefficients were from the maximum, in standard errors.
    notes : tuple of str
        What the table says besides figures.
    """

    names: tuple[str, ...]
    activation: str
    level: float
    information: Literal["expected", "observed"]
    estimate: FloatArray
    expected: Uncertainty
    observed: Uncertainty
    log_likelihood: float
    null_log_likelihood: float
    n_observations: float
    n_parameters: int
    n_null_parameters: int
    distance: float
    notes: tuple[str, ...] = ()

    @property
    def covariance(self) -> FloatArray:
        """Covariance matrix from the chosen information, (n_params, n_params)."""
        return self._chosen.covariance

    @property
    def standard_error(self) -> FloatArray:
        """Standard errors from the chosen information, (n_params,)."""
        return self._chosen.standard_error

    @property
    def _chosen(self) -> Uncertainty:
        return self.observed if self.information == "observed" else self.expected

    @property
    def z(self) -> FloatArray:
        """Wald statistics, estimate over standard error, (n_params,)."""
        statistic: FloatArray = self.estimate / self.standard_error
        return statistic

    @property
    def p_value(self) -> FloatArray:
        """Two-sided p values 2Φ(−|z|), (n_params,), with all their digits until they underflow at |z| ≈ 38."""
        return 2 * get_activation("probit").complement(np.abs(self.z))

    @property
    def log_p_value(self) -> FloatArray:
        """Their natural logarithms, finite for any z, to 1e-16 or 1e-14 relative, (n_params,)."""
        return math.log(2) + get_activation("probit").log_complement(np.abs(self.z))

    @property
    def confidence_interval(self) -> FloatArray:
        """Wald intervals, estimate ∓ quantile · standard error, (n_params, 2)."""
        reach = -NormalDist().inv_cdf((1 - self.level) / 2) * self.standard_error
        return np.column_stack([self.estimate - reach, self.estimate + reach])

    @property
    def deviance(self) -> float:
        """−2 log L: the saturated model of single observations has log-likelihood 0."""
        return -2 * self.log_likelihood

    @property
    def null_deviance(self) -> float:
        """−2 log L of the null model."""
        return -2 * self.null_log_likelihood

    @property
    def aic(self) -> float:
        """Akaike's criterion, −2 log L + 2k."""
        return self.deviance + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, −2 log L + k log Σ s."""
        return self.deviance + self.n_parameters * math.log(self.n_observations)

    @property
    def mcfadden_r2(self) -> float:
        """McFadden's R², 1 − log L/log L₀."""
        return 1 - self.log_likelihood / self.null_log_likelihood

    @property
    def likelihood_ratio(self) -> float:
        """2 (log L − log L₀)."""
        return 2 * (self.log_likelihood - self.null_log_likelihood)

    @property
    def likelihood_ratio_p_value(self) -> float:
        """P(χ² > likelihood ratio) of the hypothesis that all coefficients but the intercept are 0."""
        from scipy.special import gammaincc

        degrees = self.n_parameters - self.n_null_parameters
        return float(gammaincc(degrees / 2, max(self.likelihood_ratio, 0.0) / 2)) if degrees else 1.0

    def to_pandas(self) -> Any:
        """Return a DataFrame, a row a parameter, with both standard errors.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        pd = require_pandas()
        lower, upper = self.confidence_interval.T
        columns = {
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "z": self.z,
            "p_value": self.p_value,
            "lower": lower,
            "upper": upper,
            "standard_error_expected": self.expected.standard_error,
            "standard_error_observed": self.observed.standard_error,
        }
        return pd.DataFrame(columns, index=list(self.names))

    def __str__(self) -> str:
        tails = (1 - self.level) / 2, (1 + self.level) / 2
        head = ["", "estimate", "std. error", "z", "p value", *(f"[{100 * tail:.4g} %" for tail in tails)]
        head[-1] = head[-1].replace("[", "") + "]"
        log_p = self.log_p_value
        rows = [
            [name, *(f"{value:.6g}" for value in (w, error)), f"{z:.3f}", _tail(p, log), f"{low:.6g}", f"{high:.6g}"]
            for name, w, error, z, p, log, (low, high) in zip(
                self.names, self.estimate, self.standard_error, self.z, self.p_value, log_p,
                self.confidence_interval, strict=True,
            )
        ]  # fmt: skip
        degrees = self.n_parameters - self.n_null_parameters
        return "\n".join(
            [
                f"Maximum-likelihood fit with activation {self.activation!r}: {self.n_observations:.12g} observations,"
                f" {self.n_parameters} parameters",
                "",
                *_aligned([head, *rows]),
                "",
                f"standard errors from the {self.information} information",
                f"log-likelihood {self.log_likelihood:.6g} (null model {self.null_log_likelihood:.6g}),"
                f" deviance {self.deviance:.6g} (null {self.null_deviance:.6g})",
                f"AIC {self.aic:.6g}, BIC {self.bic:.6g}, McFadden R² {self.mcfadden_r2:.4f}",
                f"likelihood ratio {self.likelihood_ratio:.6g} on {degrees} degrees of freedom,"
                f" p = {self.likelihood_ratio_p_value:.3g}",
                *(f"note: {note}" for note in self.notes),
            ]
        )


def _aligned(rows: list[list[str]]) -> list[str]:
    """Names to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]


def _tail(p: float, log_p: float) -> str:
    """A p value in three digits, also where it underflows."""
    if not log_p < -690:
        return f"{p:.3g}"
    exponent = math.floor(log_p / math.log(10))
    return f"{math.exp(log_p - exponent * math.log(10)):.2f}e{exponent}"


__all__ = ["Inference", "Uncertainty"]
