"""Coordinates in which an objective is well conditioned, and the way back to the user's units.

Columns are centred and scaled by powers of two; without a penalty, nearly collinear columns are rotated into
orthonormal ones, which also finds the rank. It knows objectives and units; it never makes a step.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Evaluation, Objective
from logitscope.penalties import RescaledElasticNet
from logitscope.sources import RotatedSource, Spectrum, Units, equilibrate, spectrum
from logitscope.steps import Step

# Below this condition number of the design, the Hessian (its square) still has 10 digits to spare.
_ROTATE_ABOVE = 1e3
_SMALLEST = -300  # exponent of columns so small that a penalty, in their units, would overflow
SPECTRUM_LIMIT = 2000  # columns up to which the triangular factor is affordable


@dataclass(frozen=True, eq=False)
class Coordinates:
    """An objective in good coordinates.

    Attributes
    ----------
    objective : Objective
        The same values, in these coordinates.
    units : Units
        Of the equilibrated columns.
    spectrum : Spectrum or None
        Singular values of the equilibrated design, where they were computed.
    """

    objective: Objective
    units: Units
    spectrum: Spectrum | None
    _to_units: FloatArray | None
    _outer: Objective

    def outward(self, params: FloatArray) -> FloatArray:
        """Return parameters in the user's units."""
        r = self.objective.source.n_features
        if self._to_units is not None and self.spectrum is not None:
            coef = self._to_units @ params[:r]
            params = np.concatenate([coef, params[r:] - self.spectrum.center @ coef])
        return self.units.params(params)

    def inward(self, params: FloatArray) -> FloatArray:
        """Return parameters in these coordinates; parts in directions that X does not see are dropped."""
        params = self.units.inverse_params(params)
        if self._to_units is None or self.spectrum is None:
            return params
        p, rank = len(self.units.offset), self.spectrum.rank
        rotated = self.spectrum.values[:rank, None] * (self.spectrum.vectors[:, :rank].T @ params[:p])
        return np.concatenate([rotated, params[p:] + self.spectrum.center @ params[:p]])

    @cached_property
    def rank(self) -> int | None:
        """Rank of the design, the intercept included; None where it was not computed."""
        return None if self.spectrum is None else self.spectrum.rank + self._outer.fit_intercept

    @cached_property
    def dependent(self) -> tuple[int, ...]:
        """Columns that take part in linear dependences."""
        return () if self.spectrum is None else self.spectrum.dependent()

    @cached_property
    def jacobian(self) -> FloatArray:
        """T of params_user = T params, (n_params_user, n_params)."""
        n_user, n_own = self._outer.n_params, self.objective.n_params
        columns = [self.outward(unit[:, None]) for unit in np.eye(n_own)]
        return np.concatenate([np.zeros((n_user, 0)), *columns], axis=1)

    @cached_property
    def _upward(self) -> FloatArray:
        """The least-squares solution of g = Tᵀ g_user, as a matrix: parts of g_user that X does not see are 0."""
        T = self.jacobian
        return np.linalg.pinv(T.T, rcond=max(T.shape) * float(np.finfo(float).eps))

    def gradient(self, gradient: FloatArray) -> FloatArray:
        """Return a gradient in the user's units."""
        return self.units.gradient(gradient) if self._to_units is None else self._upward @ gradient

    def _matrices_outward(self, factor: FloatArray) -> FloatArray:
        """Return D in the user's units; of coupled columns it leads from the gradient of one to parameters of all."""
        T, (size, width, k) = self.jacobian, factor.shape
        blocks = factor.reshape(size, width // max(size, 1), size, k).transpose(3, 1, 0, 2)
        outward: FloatArray = T @ np.ascontiguousarray(blocks) @ T.T
        return outward.transpose(2, 1, 3, 0).reshape(len(T), -1, k)

    def step(self, step: Step) -> Step:
        """Return a step in the user's units; what multiplies the gradient goes along."""
        factor, seen, certificate = step.factor, step.evaluation, step.certificate
        if certificate is not None:
            certificate = certificate._replace(rank=self.rank, dependent=self.dependent)
        with np.errstate(all="ignore"):  # in the user's units, numbers may end
            if np.ndim(factor) == 3:
                factor = self._matrices_outward(np.asarray(factor))
            outer = self.gradient(seen.gradient)
        return step._replace(
            evaluation=Evaluation(seen.loss, outer, seen.z, seen.grad_z),
            params=self.outward(step.params),
            new_params=self.outward(step.new_params),
            factor=factor,
            certificate=certificate,
        )


def choose_coordinates(objective: Objective) -> Coordinates:
    """Return good coordinates for an objective."""
    source = equilibrate(objective.source, objective.share(), center=objective.fit_intercept)
    units = source.units
    if not objective.penalty.is_zero:
        units = replace(units, exponent=np.maximum(units.exponent, _SMALLEST))
        source = replace(source, units=units)
        penalty: Any = RescaledElasticNet(objective.penalty, units.exponent)
        return Coordinates(replace(objective, source=source, penalty=penalty), units, None, None, objective)
    if source.n_features > SPECTRUM_LIMIT:
        return Coordinates(replace(objective, source=source), units, None, None, objective)
    found = spectrum(source, objective.share(), center=objective.fit_intercept)
    if found.rank == source.n_features and found.condition <= _ROTATE_ABOVE:
        return Coordinates(replace(objective, source=source), units, found, None, objective)
    rotated = RotatedSource(source, found.basis, found.center)
    return Coordinates(replace(objective, source=rotated), units, found, found.basis, objective)


__all__ = ["SPECTRUM_LIMIT", "Coordinates", "choose_coordinates"]
