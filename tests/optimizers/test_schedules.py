import itertools
import math
import pickle

import pytest

from logitscope.optimizers import SCHEDULES, Constant, Cosine, Exponential, InverseTime, StepDecay

EXPECTED = [
    (Constant(), {0: 1.0, 1: 1.0, 10**9: 1.0}),
    (InverseTime(decay=0.25), {0: 1.0, 4: 0.5, 12: 0.25}),
    (Exponential(decay=math.log(2)), {0: 1.0, 1: 0.5, 3: 0.125, 10**6: 0.0}),
    (StepDecay(drop=0.25, every=3), {0: 1.0, 2: 1.0, 3: 0.25, 5: 0.25, 6: 0.0625}),
    (Cosine(n_steps=6), {0: 1.0, 2: 0.75, 3: 0.5, 4: 0.25, 6: 0.0, 7: 0.0}),
    (Cosine(n_steps=6, final=0.2), {0: 1.0, 2: 0.8, 3: 0.6, 6: 0.2, 100: 0.2}),
]


@pytest.mark.parametrize(("schedule", "factors"), EXPECTED)
def test_factors_in_closed_form(schedule, factors):
    for step, factor in factors.items():
        assert schedule.factor(step) == pytest.approx(factor, rel=1e-14, abs=1e-16)
        assert type(schedule.factor(step)) is float


@pytest.mark.parametrize("name", SCHEDULES)
def test_defaults_start_at_one_never_rise_and_travel(name):
    schedule = SCHEDULES[name]()
    factors = [schedule.factor(step) for step in range(0, 2000, 7)]
    assert factors[0] == 1.0
    assert all(later <= earlier for earlier, later in itertools.pairwise(factors))
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    assert hash(schedule) == hash(SCHEDULES[name]())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: InverseTime(-1), r"^`decay` must be a number >= 0 and finite; got -1\.$"),
        (lambda: Exponential(math.nan), r"^`decay` must be a number >= 0 and finite; got nan\.$"),
        (lambda: Exponential("fast"), r"^`decay` must be a number >= 0 and finite; got 'fast'\.$"),
        (lambda: StepDecay(drop=0), r"^`drop` must be a number > 0 and finite; got 0\.$"),
        (lambda: StepDecay(every=0), r"^`every` must be an integer >= 1; got 0\.$"),
        (lambda: StepDecay(every=2.5), r"^`every` must be an integer >= 1; got 2\.5\.$"),
        (lambda: Cosine(n_steps=True), r"^`n_steps` must be an integer >= 1; got True\.$"),
        (lambda: Cosine(final=math.inf), r"^`final` must be a number >= 0 and finite; got inf\.$"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()
