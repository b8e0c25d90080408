import mpmath
import numpy as np
import pytest
from mpmath import mpf

from logitscope._numerics import difference, exp_in_two_pieces, exp_of_minus_exp, gaussian, scaled, split, times

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def sixty_digits():
    with mpmath.workdps(60):
        yield


@pytest.mark.parametrize(
    ("factor", "other", "product"),
    [
        (0.0, np.inf, 0.0),
        (0.0, -np.inf, 0.0),
        (0.0, 3.0, 0.0),
        (2.0, 3.0, 6.0),
        (2.0, -np.inf, -np.inf),
        (0.0, np.nan, np.nan),
        (np.nan, 0.0, np.nan),
    ],
)
def test_times(factor, other, product):
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(times(np.array([factor]), np.array([other])), [product])


@pytest.mark.parametrize("widest", [10, 1000, 1074, 2100])
def test_scaled_is_ldexp_to_the_bit(widest):
    x = rng.normal(size=(2000, 8)) * 10.0 ** rng.uniform(-320, 308, (2000, 8))
    x[:4] = [[0.0], [-0.0], [np.inf], [np.nan]]
    exponent = rng.integers(-widest, min(widest, 1023) + 1, 8)
    exponent[0] = -widest
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(scaled(x, exponent).view(np.int64), np.ldexp(x, exponent).view(np.int64))


def bits(x):
    """The number of bits between the first and the last 1 of x."""
    numerator, _ = abs(x).as_integer_ratio()
    return len(bin(numerator)[2:].rstrip("0"))


def test_split_is_exact_and_short():
    x = rng.normal(size=300) * 10.0 ** rng.uniform(-200, 250, 300)
    head, rest = split(x)
    np.testing.assert_array_equal(head + rest, x)
    assert max(bits(part) for part in [*head.tolist(), *rest.tolist()]) <= 26


def test_difference_is_exact():
    x, y = rng.normal(size=(2, 300)) * 10.0 ** rng.uniform(-12, 12, (2, 300))
    head, rest = difference(x, y)
    np.testing.assert_array_equal(head, x - y)
    pairs = np.stack([head, rest, x, y], axis=1).tolist()
    assert all(mpf(h) + mpf(r) == mpf(a) - mpf(b) for h, r, a, b in pairs)


def test_difference_of_infinities():
    x, y = np.array([[np.inf, -np.inf, np.inf, 1e308, 0.0], [np.inf, -np.inf, -np.inf, -1e308, np.inf]])
    with np.errstate(all="ignore"):
        head, rest = difference(x, y)
    np.testing.assert_array_equal(head, [0, 0, np.inf, np.inf, -np.inf])
    np.testing.assert_array_equal(rest, 0)


def test_exp_in_two_pieces():
    z = np.concatenate([[-1.0, 0.0, 1e-300, 7.0], rng.uniform(-1, 7, 1000)])
    head, rest = exp_in_two_pieces(z)
    assert np.all(np.abs(rest) <= np.spacing(head))
    triples = np.stack([head, rest, z], axis=1).tolist()
    errors = [(mpf(h) + mpf(r)) / mpmath.exp(mpf(x)) - 1 for h, r, x in triples]
    assert max(map(abs, errors)) < mpf(2) ** -64


def worst_ulp(got, exact):
    """The largest error in units in the last place of the exact value, or of the smallest subnormal."""
    return max(
        float(abs(mpf(g) - e) / max(mpf(float(np.spacing(float(abs(e))))), mpf(5e-324)))
        for g, e in zip(got.tolist(), exact, strict=True)
    )


@pytest.mark.parametrize("factor", [1.0, 1e-3, 40.0])
def test_gaussian(factor):
    z = np.concatenate([[0.0, 5e-324, 30.0, -38.5, 1e308], rng.uniform(-39, 39, 500)])
    with np.errstate(under="ignore"):
        got = gaussian(z, factor)
    assert worst_ulp(got, [mpf(factor) * mpmath.exp(-(mpf(x) ** 2) / 2) for x in z.tolist()]) <= 4


@pytest.mark.parametrize("factor", [1.0, 1e-3, 700.0])
def test_exp_of_minus_exp(factor):
    z = np.concatenate([[-1e308, -745.0, -1.0, 0.0, 5e-324, 6.6], rng.uniform(-3, 7, 500)])
    with np.errstate(under="ignore"):
        got = exp_of_minus_exp(z, factor)
    assert worst_ulp(got, [mpf(factor) * mpmath.exp(-mpmath.exp(mpf(x))) for x in z.tolist()]) <= 4


@pytest.mark.parametrize("f", [lambda z: gaussian(z, 1.0), exp_of_minus_exp])
def test_nan_and_the_limits(f):
    with np.errstate(under="ignore"):
        got = f(np.array([np.nan, np.inf]))
    np.testing.assert_array_equal(got, [np.nan, 0])
