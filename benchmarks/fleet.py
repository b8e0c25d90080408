"""Many models on the same data: `ls.sweep`, against one by one in our own trainer and in an autograd framework.

900 models are 9 activations × 10 rates × 10 seeds' initial values; each trains by gradient descent on cross-entropy.
Nobody trains fewer epochs.
"""

from typing import Any, NamedTuple

import numpy as np

import logitscope as ls
from benchmarks._clock import once, optional, readable
from benchmarks._races import Figure, Result, Table

ACTIVATIONS = tuple(name for name, phi in ls.ACTIVATIONS.items() if not phi.couples_columns)


class Model(NamedTuple):
    """One of the fleet."""

    activation: str
    rate: float
    seed: int


class Fleet(NamedTuple):
    """Models in the order of the sweep, and what they train on."""

    X: Any
    y: Any
    grid: dict[str, Any]
    n_epochs: int

    @property
    def models(self) -> list[Model]:
        """Every combination."""
        grid = self.grid
        return [Model(a, r, s) for a in grid["activation"] for r in grid["learning_rate"] for s in grid["seed"]]


def make(n: int, n_rates: int, n_seeds: int, n_epochs: int) -> Fleet:
    """Return a fleet on the moons."""
    X, y, *_ = ls.load_dataset("moons", n_samples=n, noise=0.3, random_state=0)
    rates = np.geomspace(0.001, 0.1, n_rates).tolist()
    return Fleet(X, y, {"activation": ACTIVATIONS, "learning_rate": rates, "seed": range(n_seeds)}, n_epochs)


def side_by_side(fleet: Fleet) -> Any:
    """Train all in one sweep."""
    return ls.sweep(fleet.X, fleet.y, fleet.grid, max_iter=fleet.n_epochs, tol=0)


def one_by_one(fleet: Fleet, models: list[Model]) -> list[Any]:
    """Train models one after the other with our estimator."""
    return [
        ls.LogisticRegression(
            model.activation, learning_rate=model.rate, init="normal", random_state=model.seed,
            max_iter=fleet.n_epochs, tol=0,
        ).fit(fleet.X, fleet.y)
        for model in models
    ]  # fmt: skip


def tensors(torch: Any, fleet: Fleet) -> tuple[Any, Any]:
    """Return X and y as torch wants them: nobody's time includes a conversion."""
    return torch.tensor(fleet.X), torch.tensor(fleet.y, dtype=torch.float64)


def in_torch(torch: Any, data: tuple[Any, Any], n_epochs: int, models: list[Model]) -> list[Any]:
    """Train models one after the other with autograd; return their parameters."""
    rows, target = data
    trained = []
    for model in models:
        start = 0.1 * np.random.default_rng(model.seed).standard_normal(rows.shape[1] + 1)
        params = torch.tensor(start, requires_grad=True)
        optimizer = torch.optim.SGD([params], lr=model.rate)
        for _ in range(n_epochs):
            optimizer.zero_grad()
            p = PROBABILITY[model.activation](torch, rows @ params[:-1] + params[-1])
            loss = torch.nn.functional.binary_cross_entropy(p.clamp(0.0, 1.0), target)
            loss.backward()
            optimizer.step()
        trained.append(params.detach().numpy())
    return trained


PROBABILITY: dict[str, Any] = {
    "sigmoid": lambda torch, z: torch.sigmoid(z),
    "tanh": lambda torch, z: (1 + torch.tanh(z)) / 2,
    "probit": lambda torch, z: torch.special.ndtr(z),
    "cauchit": lambda torch, z: 0.5 + torch.atan(z) / np.pi,
    "softsign": lambda torch, z: (1 + z / (1 + z.abs())) / 2,
    "algebraic": lambda torch, z: (1 + z / torch.sqrt(1 + z * z)) / 2,
    "cloglog": lambda torch, z: -torch.expm1(-torch.exp(z)),
    "loglog": lambda torch, z: torch.exp(-torch.exp(-z)),
    "hard": lambda torch, z: (1 + torch.nn.functional.hardtanh(z)) / 2,
}


def run(quick: bool) -> Result:
    """Time the sweep, and a share of its models one by one."""
    fleet = make(40, 2, 1, 4) if quick else make(500, 10, 10, 200)
    models, rounds = fleet.models, 1 if quick else 5
    few, fewer = (models, models) if quick else (models[::9], models[::45])
    notes = [
        f"{len(models)} models × {fleet.n_epochs} epochs on moons, {len(fleet.y)} × 2. One by one, {len(few)} of ours"
        f" and {len(fewer)} of torch's are trained, and their time is scaled up to all; the sweep is trained whole."
        " That all end at the same parameters is checked first."
    ]
    torch = optional("torch", notes)
    data = None if torch is None else tensors(torch, fleet)
    _check(fleet, fewer, torch, data)
    seconds: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        turn = {"ls.sweep": once(lambda: side_by_side(fleet))}
        turn["one by one"] = once(lambda: one_by_one(fleet, few)) * len(models) / len(few)
        if data is not None and number < 3:
            own = once(lambda: in_torch(torch, data, fleet.n_epochs, fewer))
            turn["one by one, torch"] = own * len(models) / len(fewer)
        if number:  # the first round warms up
            for name, each in turn.items():
                seconds.setdefault(name, []).append(each)
    times = {name: float(np.median(all_)) for name, all_ in seconds.items()}
    limits = {"one by one": (10.0, 5.0), "one by one, torch": (100.0, 50.0)}
    whom = {"one by one": "the same one by one in ours", "one by one, torch": "the same in torch"}
    figures = [
        Figure(f"fleet of {len(models)} models, against {whom[name]}", times[name] / times["ls.sweep"], *limits[name])
        for name in limits
        if name in times
    ]
    rows = [[name, readable(each), f"{each / times['ls.sweep']:.2f}×"] for name, each in times.items()]
    return Result("fleet", "A fleet", notes, figures, [Table(f"{len(models)} models", ["", "time", "ratio"], rows)])


def _check(fleet: Fleet, models: list[Model], torch: Any, data: tuple[Any, Any] | None) -> None:
    """Raise an error unless everybody's models end at the same parameters."""
    together = side_by_side(fleet).params.T[:: len(fleet.models) // len(models)]
    alone = [np.r_[clf.coef_[0], clf.intercept_] for clf in one_by_one(fleet, models)]
    np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-12)
    if data is not None:
        np.testing.assert_allclose(in_torch(torch, data, fleet.n_epochs, models), alone, rtol=1e-6, atol=1e-9)


__all__ = [
    "ACTIVATIONS",
    "PROBABILITY",
    "Fleet",
    "Model",
    "in_torch",
    "make",
    "one_by_one",
    "run",
    "side_by_side",
    "tensors",
]
