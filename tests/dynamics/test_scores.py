"""Every score against its paper's formula, written one sample at a time."""

import math

import numpy as np
import pytest

import logitscope as ls

TOLERANCE = {"rtol": 1e-12, "atol": 1e-12}


def seen_records(log, i):
    return [r for r in range(log.n_records) if not np.isnan(log.z_columns[r, i]).any()]


def label(log, i):
    return int(log.y[i])


def logits(log, r, i):
    """One z a class: a column alone is the difference of two."""
    z = [float(v) for v in log.z_columns[r, i]]
    return [0.0, z[0] - log.midpoint()] if len(z) == 1 else z


def probabilities(log, r, i):
    p = [float(v) for v in np.atleast_1d(log.probability[r, i])]
    return [1 - p[0], p[0]] if len(p) == 1 else p


def margin(log, r, i):
    z = logits(log, r, i)
    own = z.pop(label(log, i))
    return own - max(z)


def each(log, score):
    return np.array([score(i) for i in range(len(log.y))])


def test_aum_of_pleiss(log):
    def aum(i):
        total = 0.0
        for r in range(log.n_records):
            total += margin(log, r, i)
        return total / log.n_records

    np.testing.assert_allclose(ls.training_dynamics(log).aum, each(log, aum), **TOLERANCE)


def test_el2n_and_grand_of_paul(log):
    dynamics = ls.training_dynamics(log, score_epoch=7)

    def el2n(i):
        p = probabilities(log, 7, i)
        return math.sqrt(sum((p[k] - (k == label(log, i))) ** 2 for k in range(len(p))))

    def grand(i):
        grad = np.atleast_1d(log.grad_z[7, i])
        return math.sqrt(sum(float(g) ** 2 * log.row_norm[i] ** 2 for g in grad))

    np.testing.assert_allclose(dynamics.el2n, each(log, el2n), **TOLERANCE)
    np.testing.assert_allclose(dynamics.grand, each(log, grand), **TOLERANCE)


def test_grand_is_the_norm_of_the_gradient_of_one_sample(data, record):
    """∂ℓ/∂(W, b) of softmax cross-entropy: the outer product of (x, 1) and p − y, written from the rows."""
    X, y = data(3)
    log = record("softmax", "cross_entropy", 3)
    z = log.z_columns[4]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = [np.linalg.norm(np.outer(np.append(X[i], 1.0), p[i] - np.eye(3)[y[i]])) for i in range(len(y))]
    np.testing.assert_allclose(ls.training_dynamics(log, score_epoch=4).grand, expected, **TOLERANCE)


def forgetting(log, i):
    """Algorithm 1 of Toneva et al. 2019, with the first record at which a sample was right."""
    prev_acc, events, first = 0, 0, math.nan
    for r in seen_records(log, i):
        acc = int(margin(log, r, i) > 0)
        if prev_acc > acc:
            events += 1
        if acc and math.isnan(first):
            first = float(log.epoch[r])
        prev_acc = acc
    return events, first


def test_forgetting_of_toneva(log):
    dynamics = ls.training_dynamics(log)
    expected = [forgetting(log, i) for i in range(len(log.y))]
    np.testing.assert_array_equal(dynamics.forgetting_events, [events for events, _ in expected])
    np.testing.assert_array_equal(dynamics.first_learned_epoch, [first for _, first in expected])


def test_some_samples_are_forgotten(record):
    log = record("softmax", "cross_entropy", 3, solver="sgd", batch_size=4, learning_rate=2.0)
    assert ls.training_dynamics(log).forgetting_events.max() >= 2
    test_forgetting_of_toneva(log)


def data_map(log, i):
    """Section 2.1 of Swayamdipta et al. 2020."""
    records = seen_records(log, i)
    p = [probabilities(log, r, i)[label(log, i)] for r in records]
    confidence = sum(p) / len(p)
    variability = math.sqrt(sum((value - confidence) ** 2 for value in p) / len(p))
    return confidence, variability, sum(margin(log, r, i) > 0 for r in records) / len(p)


def test_data_map_of_swayamdipta(log):
    dynamics = ls.training_dynamics(log)
    found = np.column_stack([dynamics.confidence, dynamics.variability, dynamics.correctness])
    np.testing.assert_allclose(found, [data_map(log, i) for i in range(len(log.y))], **TOLERANCE)


def test_updates_and_where_they_end(log):
    dynamics = ls.training_dynamics(log, still=0.4)
    update = log.update_norm.reshape(log.z_columns.shape)
    grad = log.grad_z.reshape(log.z_columns.shape)

    def total(i):
        return sum(math.sqrt(sum(float(v) ** 2 for v in update[r, i])) for r in range(log.n_records))

    def stopped(i):
        middle = np.array([[log.midpoint(k) for k in range(log.n_models)]])
        target = np.atleast_2d(log.target.reshape(len(log.y), -1)[i])
        bound = 0.4 * np.linalg.norm(log.pointwise.grad_z(middle, target))
        still = math.nan
        for r in reversed(range(log.n_records)):
            if np.linalg.norm(grad[r, i]) > bound:
                break
            still = float(log.epoch[r])
        return still

    np.testing.assert_allclose(dynamics.total_update, each(log, total), **TOLERANCE)
    expected = each(log, stopped)
    np.testing.assert_array_equal(dynamics.stopped_epoch, expected)
    last = np.array([margin(log, log.n_records - 1, i) for i in range(len(log.y))])
    np.testing.assert_array_equal(dynamics.is_stuck_wrong, ~np.isnan(expected) & (last < 0))


def test_squared_error_leaves_samples_stuck_and_cross_entropy_does_not():
    X, y = np.array([[-9.0], [-1.0], [1.0], [9.0]]), np.array([1, 0, 1, 1])
    stuck = {}
    for loss in ("squared_error", "cross_entropy"):
        clf = ls.LogisticRegression("tanh", loss, max_iter=50, tol=0, learning_rate=0.5, record=True).fit(X, y)
        stuck[loss] = ls.training_dynamics(clf.update_log_).is_stuck_wrong.tolist()
    assert stuck == {"squared_error": [True, False, False, False], "cross_entropy": [False] * 4}


def test_effective_samples_and_the_dominant_share(log):
    dynamics = ls.training_dynamics(log)
    norm = np.sqrt(np.square(log.gradient_norm.reshape(log.z_columns.shape)).sum(axis=2))
    effective, dominant = [], []
    for r in range(log.n_records):
        g = sorted((float(norm[r, i] * log.share[i]) for i in range(len(log.y))), reverse=True)
        effective.append(sum(g) ** 2 / sum(v * v for v in g))
        count, running = 0, 0.0
        while running < 0.9 * sum(g):
            running += g[count]
            count += 1
        dominant.append(count / len(g))
    np.testing.assert_allclose(dynamics.effective_samples, effective, **TOLERANCE)
    np.testing.assert_allclose(dynamics.dominant_share, dominant, **TOLERANCE)


def test_unseen_records_are_not_a_samples_own(sparse_log):
    log, dynamics = sparse_log, ls.training_dynamics(sparse_log)
    n = len(log.y)
    assert np.isnan(log.z_columns).any()
    aum = [np.mean([margin(log, r, i) for r in seen_records(log, i)]) for i in range(n)]
    np.testing.assert_allclose(dynamics.aum, aum, **TOLERANCE)
    found = np.column_stack([dynamics.confidence, dynamics.variability, dynamics.correctness])
    np.testing.assert_allclose(found, [data_map(log, i) for i in range(n)], **TOLERANCE)
    np.testing.assert_array_equal(dynamics.forgetting_events, [forgetting(log, i)[0] for i in range(n)])
    update = np.linalg.norm(log.update_norm, axis=2)
    total = [sum(update[r, i] for r in seen_records(log, i)) for i in range(n)]
    np.testing.assert_allclose(dynamics.total_update, total, **TOLERANCE)
    g = np.linalg.norm(log.gradient_norm[3], axis=1) * log.share
    g = g[~np.isnan(g)]
    np.testing.assert_allclose(dynamics.effective_samples[3], g.sum() ** 2 / (g @ g), **TOLERANCE)


def test_tanh_is_the_sigmoid_at_four_times_the_rate(record):
    a = ls.training_dynamics(record("tanh", "cross_entropy", 2, init="zeros", learning_rate=0.25))
    b = ls.training_dynamics(record("sigmoid", "cross_entropy", 2, init="zeros", learning_rate=1.0))
    for name in ("confidence", "variability", "el2n", "correctness", "stopped_epoch", "effective_samples"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(2 * a.aum, b.aum, rtol=1e-10)


def test_small_parts_give_the_same(log, monkeypatch):
    whole = ls.training_dynamics(log).to_pandas()
    monkeypatch.setattr("logitscope.dynamics._parts._N_VALUES", 500)
    parts = ls.training_dynamics(log).to_pandas()
    np.testing.assert_allclose(parts.to_numpy(float), whole.to_numpy(float), rtol=1e-14)


def test_a_rate_that_is_not_known_leaves_the_update_unknown_and_the_rest_known():
    recorder = ls.UpdateRecorder()
    for z in ([0.5, -0.5], [1.0, -1.0]):
        recorder.observe(z, [1, 0])
    dynamics = ls.training_dynamics(recorder.log(activation="sigmoid"))
    assert np.isnan(dynamics.total_update).all()
    assert np.isnan(dynamics.grand).all()
    assert np.isnan(dynamics.effective_samples).all()
    np.testing.assert_allclose(dynamics.aum, [0.75, 0.75])


def test_two_z_that_overflowed_have_no_margin_and_warn_of_nothing():
    recorder, z = ls.UpdateRecorder(), np.array([[np.inf, np.inf, 0.0], [0.0, 2.0, 1.0]])
    recorder.observe(z, np.array([0, 1]))
    np.testing.assert_array_equal(ls.training_dynamics(recorder.log(activation="softmax")).aum, [np.nan, 1.0])


def test_tables_and_text(log):
    dynamics = ls.training_dynamics(log)
    table = dynamics.to_pandas()
    assert table.index.name == "sample"
    assert len(table) == len(log.y)
    np.testing.assert_array_equal(table["aum"], dynamics.aum)
    assert dynamics.to_pandas("epoch").index.tolist() == log.epoch.tolist()
    assert str(dynamics).startswith("Training dynamics of 40 samples over 30 recorded epochs (0 to 29)\n")
    share = [f"{100 * dynamics.dominant_share[epoch]:.3g} %" for epoch in (0, -1)]
    assert f"90 % of the update rests on {share[0]} of samples at first, {share[1]} at last" in str(dynamics)
    assert dynamics.score_epoch == 3
    assert dynamics.aum is dynamics.aum


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"score_epoch": 99}, "`epoch` must be a recorded epoch, 0 to 29 by 1; got 99."),
        ({"still": 1.0}, "`still` must be a number in [0, 1); got 1.0."),
        ({"still": True}, "`still` must be a number in [0, 1); got True."),
    ],
)
def test_what_cannot_be_used(record, arguments, message):
    with pytest.raises(ls._exceptions.InvalidInputError) as caught:
        ls.training_dynamics(record("tanh", "cross_entropy", 2), **arguments)
    assert str(caught.value) == message


def test_what_is_no_log(record):
    with pytest.raises(TypeError) as caught:
        ls.training_dynamics(np.zeros((3, 4)))
    assert str(caught.value) == (
        "`log` must be an UpdateLog; got ndarray."
        " Fit with record=True and take update_log_, or take UpdateRecorder.log()."
    )
    with pytest.raises(ValueError, match=r"^`by` must be 'sample' or 'epoch'; got 'class'\.$"):
        ls.training_dynamics(record("tanh", "cross_entropy", 2)).to_pandas("class")


def test_a_hundred_thousand_samples_need_little_beside_the_log():
    import tracemalloc

    from logitscope.pointwise import get_pointwise

    n, n_records = 20_000, 50
    y = np.arange(n) % 2.0
    z = np.linspace(0, 3, n_records)[:, None, None] * np.sin(np.arange(n) + 1.0)[None, :, None]
    log = ls.UpdateLog(
        z, np.arange(n_records), np.arange(n_records), np.ones(n_records), np.ones(n_records), y,
        np.ones(n), np.full(n, 1 / n), np.arange(n), get_pointwise("tanh", "cross_entropy"),
    )  # fmt: skip
    tracemalloc.start()
    ls.training_dynamics(log).to_pandas()
    ls.suspects(log)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * z.nbytes
