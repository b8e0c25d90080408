"""A full-batch step on 500 × 2, recorded, against a teaching library and two autograd frameworks.

Each contestant trains by plain gradient descent at one rate; none of them is given another batch or fewer epochs.
"""

from importlib import import_module
from typing import Any

import numpy as np

import logitscope as ls
from benchmarks._clock import optional, race, readable
from benchmarks._races import Figure, Result, Table

RATE = 0.1


def run(quick: bool) -> Result:
    """Time a whole training run and divide it by its epochs."""
    n, n_epochs, rounds = (50, 5, 1) if quick else (500, 1000, 7)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 2))
    y = (X @ [1.0, -2.0] + rng.logistic(size=n) > 0).astype(np.intp)
    notes: list[str] = [
        f"Gradient descent on {n} × 2, {n_epochs} epochs a run, time a step. Ours records z of every sample at every"
        " step; so do the autograd frameworks' loops (a copy); mlxtend cannot."
    ]
    ours = ls.LogisticRegression(max_iter=n_epochs, tol=0, learning_rate=RATE, record=True)
    off = ls.LogisticRegression(max_iter=n_epochs, tol=0, learning_rate=RATE)
    contestants: dict[str, Any] = {
        "logitscope, recorded": lambda: _params(ours.fit(X, y)),
        "logitscope": lambda: _params(off.fit(X, y)),
    }
    if (mlxtend := optional("mlxtend.classifier", notes)) is not None:
        theirs = mlxtend.LogisticRegression(eta=RATE / n, epochs=n_epochs, minibatches=1, random_seed=0)
        contestants["mlxtend"] = lambda: np.append(theirs.fit(X, y).w_, theirs.b_)
    if (torch := optional("torch", notes)) is not None:
        contestants["torch, recorded"] = torch_run(torch, X, y, n_epochs)
    if (autograd := optional("autograd", notes)) is not None:
        contestants["autograd, recorded"] = autograd_run(autograd, X, y, n_epochs)
    apart = 0.0 if quick else check(X, y, {name: train() for name, train in contestants.items()})
    notes.append(f"The objectives where they end differ by {apart:.0e} of them, at most (not checked with --quick).")
    times = {name: time.median / n_epochs for name, time in race(contestants, rounds).items()}
    mine = times["logitscope, recorded"]
    limits = {"mlxtend": (8.0, 4.0), "torch, recorded": (25.0, 10.0), "autograd, recorded": (25.0, 10.0)}
    figures = [
        Figure(f"recorded full-batch step on 500 × 2, against {name.split(',')[0]}", times[name] / mine, *limit)
        for name, limit in limits.items()
        if name in times
    ]
    rows = [[name, readable(each), f"{each / mine:.2f}×"] for name, each in times.items()]
    return Result("step", "A step on 500 × 2", notes, figures, [Table("Time a step", ["", "time", "ratio"], rows)])


def _params(clf: Any) -> Any:
    return np.append(clf.coef_, clf.intercept_)


def check(X: Any, y: Any, ends: dict[str, Any]) -> float:
    """Return by how much the objectives differ where the contestants end; raise an error if it is 0.1 % or more."""
    losses = {
        name: float(np.mean(np.logaddexp(0.0, (1.0 - 2.0 * y) * (X @ end[:-1] + end[-1]))))
        for name, end in ends.items()
    }
    apart = max(losses.values()) / min(losses.values()) - 1.0
    if not apart < 1e-3:
        raise RuntimeError(f"the contestants end at different objectives: {losses}")
    return apart


def torch_run(torch: Any, X: Any, y: Any, n_epochs: int) -> Any:
    """Return the training loop that everybody writes: optimizer, loss from logits, and z kept; it returns w and b."""
    rows, target = torch.tensor(X), torch.tensor(y, dtype=torch.float64)
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits

    def train() -> Any:
        layer = torch.nn.Linear(X.shape[1], 1, dtype=torch.float64)
        optimizer = torch.optim.SGD(layer.parameters(), lr=RATE)
        record = []
        for _ in range(n_epochs):
            optimizer.zero_grad()
            z = layer(rows)[:, 0]
            loss = loss_of(z, target)
            loss.backward()
            record.append(z.detach().clone())
            optimizer.step()
        return np.append(layer.weight.detach().numpy(), layer.bias.detach().numpy())

    return train


def autograd_run(autograd: Any, X: Any, y: Any, n_epochs: int) -> Any:
    """Return the training loop on plain arrays: the loss as a function of w and b, which it returns, and z kept."""
    anp = import_module("autograd.numpy")
    rows, sign = np.column_stack([X, np.ones(len(X))]), 1.0 - 2.0 * y
    record: list[Any] = []

    def loss_of(params: Any) -> Any:
        z = anp.dot(rows, params)
        record.append(z._value.copy())
        return anp.mean(anp.logaddexp(0.0, sign * z))

    value_and_grad = autograd.value_and_grad(loss_of)

    def train() -> Any:
        record.clear()
        params = np.zeros(rows.shape[1])
        for _ in range(n_epochs):
            _, gradient = value_and_grad(params)
            params = params - RATE * gradient
        return params

    return train


__all__ = ["autograd_run", "check", "run", "torch_run"]
