"""Norms of per-sample gradients: read off a log, against an autograd framework's vectorised per-sample gradients.

Both give ‖∂ℓᵢ/∂(w, b)‖ of every sample at one place, and are checked to agree; neither is timed while it trains.
"""

import numpy as np

import logitscope as ls
from benchmarks._clock import optional, race, readable
from benchmarks._races import Figure, Result, Table


def run(quick: bool) -> Result:
    """Time both."""
    n, p, rounds = (200, 3, 1) if quick else (100_000, 30, 15)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p))
    y = (X @ rng.standard_normal(p) + rng.logistic(size=n) > 0).astype(np.intp)
    log = ls.LogisticRegression(max_iter=4, tol=0, record=True).fit(X, y).update_log_
    last = log.at_epoch(3)
    notes = [f"{n:,} × {p}, one record; with four records at once, time a record."]
    contestants = {"log.gradient_norm": lambda: last.gradient_norm, "of four records": lambda: log.gradient_norm}
    if (torch := optional("torch", notes)) is not None:
        params = ls.LogisticRegression(max_iter=3, tol=0).fit(X, y)
        weights = torch.tensor(np.r_[params.coef_[0], params.intercept_])
        rows, target = torch.tensor(X), torch.tensor(y, dtype=torch.float64)
        loss_of = torch.nn.functional.binary_cross_entropy_with_logits
        gradients = torch.func.vmap(
            torch.func.grad(lambda w, x, t: loss_of(x @ w[:-1] + w[-1], t)), in_dims=(None, 0, 0)
        )
        contestants["torch.func.vmap(grad)"] = lambda: torch.linalg.vector_norm(gradients(weights, rows, target), dim=1)
        theirs = contestants["torch.func.vmap(grad)"]().numpy()
        np.testing.assert_allclose(last.gradient_norm[0], theirs, rtol=1e-9, atol=1e-14)
    times = {name: time.median for name, time in race(contestants, rounds).items()}
    times["of four records"] /= 4
    mine = times["log.gradient_norm"]
    figures = []
    if "torch.func.vmap(grad)" in times:
        name = "per-sample gradient norms on 100,000 × 30, against torch's vmap(grad)"
        figures.append(Figure(name, times["torch.func.vmap(grad)"] / mine, 50.0, 20.0))
    rows_ = [[name, readable(each), f"{each / mine:.2f}×"] for name, each in times.items()]
    table = Table("Norms of per-sample gradients", ["", "time", "ratio"], rows_)
    return Result("per_sample_gradients", "Per-sample gradients", notes, figures, [table])


__all__ = ["run"]
