import pytest

from logitscope import optimizers
from logitscope._exceptions import InvalidInputError, UnknownNameError
from logitscope.optimizers import OPTIMIZERS, Adam, get_optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_name_gives_a_rule_without_a_rate(name):
    optimizer = get_optimizer(name)
    assert type(optimizer) is OPTIMIZERS[name]
    assert optimizer.learning_rate is None


def test_a_rule_is_returned_itself():
    optimizer = Adam(learning_rate=0.1)
    assert get_optimizer(optimizer) is optimizer


def test_an_unknown_name_lists_the_names_of_the_registry(monkeypatch):
    monkeypatch.setattr(optimizers, "OPTIMIZERS", dict.fromkeys(["gd", "adam"]))
    with pytest.raises(UnknownNameError) as caught:
        get_optimizer("adamm")
    assert str(caught.value) == "`optimizer` must be one of 'adam', 'gd'; got 'adamm'."


def test_a_rule_of_ones_own_is_accepted():
    class Sign:
        name = "sign"
        default_batch_size = None
        rate_exponent = 0.5
        learning_rate = 0.1
        schedule = optimizers.Constant()

        def init(self, params): ...
        def update(self, gradient, state): ...
        def gradient_factor(self, state): ...
        def rate(self, state): ...
        def natural_rate(self, curvature): ...

    own = Sign()
    assert get_optimizer(own) is own


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (
            Adam,
            "`optimizer` must be a name or an instance; got the class Adam. Write Adam().",
        ),
        (
            3,
            "`optimizer` must be a name or an object with `name`, `default_batch_size`, `rate_exponent`, "
            "`learning_rate`, `schedule`, `init`, `update`, `gradient_factor`, `rate`, `natural_rate`; got "
            "3, which has no `name`, `default_batch_size`, `rate_exponent`, `learning_rate`, `schedule`, "
            "`init`, `update`, `gradient_factor`, `rate`, `natural_rate`.",
        ),
    ],
)
def test_refusals(optimizer, message):
    with pytest.raises(InvalidInputError) as caught:
        get_optimizer(optimizer)
    assert str(caught.value) == message
