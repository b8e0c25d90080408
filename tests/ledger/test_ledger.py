import pickle
import re

import numpy as np
import pytest

from logitscope import _exceptions
from logitscope.optimizers import Momentum, Nesterov


@pytest.fixture
def ledger(problem, start, kept):
    objective = problem(alpha=0.02)
    return kept(objective, Momentum(learning_rate=0.1), start(objective), 300, 8).ledger()


@pytest.fixture
def three(problem, start, kept):
    objective = problem("softmax", n_columns=3, alpha=0.02)
    return kept(objective, Nesterov(learning_rate=0.1), start(objective), 300, 8).ledger()


def test_terms_sum_to_z(data, ledger):
    x = np.random.default_rng(5).normal(size=(7, 4))
    split = ledger.contribution(x)
    w, b = ledger.params[:4, 0], ledger.params[4, 0]
    assert split.terms.shape == (7, 60)
    np.testing.assert_allclose(split.terms.sum(axis=1) + split.initial, x @ w + b, rtol=1e-12)
    np.testing.assert_allclose(split.z, x @ w + b, rtol=1e-12)
    # x·xᵢ αᵢ + βᵢ, sample by sample
    np.testing.assert_allclose(split.terms[2, 9], x[2] @ data.X[9] * ledger.alpha[9] + ledger.beta[9], rtol=1e-13)


def test_several_columns_each_have_their_own(three):
    x = np.random.default_rng(5).normal(size=(7, 4))
    split = three.contribution(x)
    z = x @ three.params[:4] + three.params[4]
    assert (split.terms.shape, split.initial.shape) == ((7, 60, 3), (7, 3))
    np.testing.assert_allclose(split.terms.sum(axis=1) + split.initial, z, rtol=1e-12)
    one = three.contribution(x[3])
    np.testing.assert_allclose(one.terms, split.terms[3], rtol=1e-13)
    np.testing.assert_allclose(one.z, z[3], rtol=1e-12)


def test_one_row_of_one_column_has_no_other_axes(ledger):
    split = ledger.contribution([0.1, 0.2, 0.3, 0.4])
    assert (split.terms.shape, np.shape(split.initial), np.shape(split.z)) == ((60,), (), ())


def test_top_names_the_largest_terms_of_either_sign(data, ledger):
    x = data.X[3]
    terms = data.X @ x * ledger.alpha + ledger.beta
    top = ledger.top(x, k=4)
    order = sorted(range(60), key=lambda i: -abs(terms[i]))[:4]
    np.testing.assert_array_equal(top.index, order)
    np.testing.assert_allclose(top.term, terms[order], rtol=1e-13)
    np.testing.assert_array_equal(top.label, (data.codes > 0)[order])
    np.testing.assert_allclose(top.rest, terms.sum() - terms[order].sum(), rtol=1e-11)
    np.testing.assert_allclose(top.z, x @ ledger.params[:4, 0] + ledger.params[4, 0], rtol=1e-12)
    assert len(ledger.top(x, k=1000).index) == 60


def test_top_of_several_columns_is_of_the_largest_z_unless_told(data, three):
    x = data.X[3]
    z = x @ three.params[:4] + three.params[4]
    assert three.top(x).column == np.argmax(z)
    for column in range(3):
        top = three.top(x, column=column)
        np.testing.assert_allclose(top.z, z[column], rtol=1e-12)
        np.testing.assert_array_equal(top.label, data.codes[top.index])


def test_samples_are_named_by_their_row_of_X(data, problem, kept):
    rows = np.arange(59, 0, -2)
    ledger = kept(problem(rows=rows), Momentum(learning_rate=0.1), np.zeros((5, 1)), 100, 8).ledger()
    np.testing.assert_array_equal(ledger.sample_index, rows)
    top = ledger.top(data.X[3], k=3)
    terms = {row: data.X[row] @ data.X[3] * a + b for row, a, b in zip(rows, ledger.alpha, ledger.beta, strict=True)}
    np.testing.assert_allclose(top.term, [terms[row] for row in top.index], rtol=1e-13)
    np.testing.assert_array_equal(top.label, (data.codes > 0)[top.index])


def test_it_says_what_it_is(three):
    assert repr(three) == "Ledger(60 samples x 3 columns, nesterov, 300 steps)"


def test_it_pickles(data, ledger):
    ledger.replay(drop=[3])
    again = pickle.loads(pickle.dumps(ledger))
    np.testing.assert_array_equal(again.alpha, ledger.alpha)
    np.testing.assert_array_equal(again.replay(drop=[3]).params, ledger.replay(drop=[3]).params)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ledger: ledger.contribution([1.0, 2.0]), "`x` must have shape (4,) or (n_x, 4), as X; got shape (2,)."),
        (lambda ledger: ledger.contribution([1.0, np.nan, 0, 0]), "`x` must hold finite numbers; got nan."),
        (lambda ledger: ledger.top(np.ones((2, 4))), "`x` must be one row, of shape (4,); got shape (2, 4)."),
        (lambda ledger: ledger.top(np.ones(4), k=0), "`k` must be an integer >= 1; got 0."),
        (lambda ledger: ledger.top(np.ones(4), column=1), "`column` must be an integer from 0 to 0; got 1."),
    ],
)
def test_what_it_cannot_answer_is_refused(ledger, call, message):
    with pytest.raises(_exceptions.InvalidInputError, match=f"^{re.escape(message)}$"):
        call(ledger)


def test_what_is_printed(data, ledger, three):
    top, split = ledger.top(data.X[3], k=2), ledger.contribution(data.X[3])
    first, last, *rows = [line.split() for line in (str(top).splitlines()[i] for i in (0, -1, 2, 3))]
    assert first == ["z", "=", f"{top.z:+.4g}", "in", "column", "0,", "made", "by"]
    assert last == ["all", "other", "samples", f"{top.rest:+.4g},", *f"left of the start {top.initial:+.4g}".split()]
    assert rows == [
        [str(row), str(label), f"{term:+.4g}"] for row, label, term in zip(top.index, top.label, top.term, strict=True)
    ]
    assert repr(top) == f"Top(2 samples, z={top.z:.4g}, column=0)"
    ups = split.terms[split.terms > 0]
    assert str(split).startswith(f"z = {split.z:+.4g}: {len(ups)} samples put in {ups.sum():+.4g}, the other ")
    assert repr(split) == "Contribution(terms: (60,), initial: (), z: ())"
    assert str(three.contribution(data.X[:7])) == "Contribution(terms: (7, 60, 3), initial: (7, 3), z: (7, 3))"
