import subprocess
import sys

import mpmath
import numpy as np
from scipy.stats import norm

from logitscope.activations import get_activation

probit = get_activation("probit")


def exact(z):
    density = mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)
    # Mills' ratio is (1 − O(1/z²))/|z|; for erfc, 60 digits of z/√2 are too few in the end.
    tail = mpmath.erfc(abs(z) / mpmath.sqrt(2)) / 2 if abs(z) < 1e10 else density / abs(z)
    p, q = (tail, 1 - tail) if z < 0 else (1 - tail, tail)
    return {
        "value": p,
        "derivative": density,
        "second_derivative": -z * density,
        "probability": p,
        "complement": q,
    }


def test_accuracy(assert_accurate):
    assert_accurate("probit", exact)


def test_agrees_with_scipy():
    z = np.linspace(-30, 30, 601)
    np.testing.assert_allclose(probit(z), norm.cdf(z), rtol=1e-12)
    np.testing.assert_allclose(probit(z, diff=True), norm.pdf(z), rtol=1e-12)


def test_imports_scipy_only_when_used():
    code = (
        "import sys; from logitscope.activations import get_activation; before = 'scipy' in sys.modules;"
        "get_activation('probit')(0.0); print(before, 'scipy' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]
