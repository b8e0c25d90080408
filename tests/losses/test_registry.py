import re

import pytest

from logitscope import losses
from logitscope._exceptions import InvalidInputError, UnknownNameError
from logitscope.losses import LOSSES, CustomLoss, Focal, get_loss


def test_names_are_those_of_the_losses():
    assert all(LOSSES[name].name == name for name in LOSSES)


def test_a_loss_is_returned_as_it_is():
    focal = Focal(0.7)
    assert get_loss(focal) is focal
    assert get_loss("focal") is LOSSES["focal"]


def test_an_object_with_value_and_derivative_is_adapted():
    class Hinge:
        def value(self, a, t): ...
        def derivative(self, a, t): ...

    assert isinstance(get_loss(Hinge()), CustomLoss)
    assert get_loss(Hinge()).name == "Hinge"


def test_a_misspelt_name_is_told_the_names_of_the_registry(monkeypatch):
    monkeypatch.setattr(losses, "LOSSES", dict.fromkeys(["cross_entropy", "brier"]))
    with pytest.raises(UnknownNameError) as error:
        get_loss("crossentropy")
    assert str(error.value) == "`loss` must be one of 'brier', 'cross_entropy'; got 'crossentropy'."


@pytest.mark.parametrize("wrong", [3, None])
def test_no_loss(wrong):
    message = (
        "`loss` must be a name or an object with methods value(a, t) and derivative(a, t); "
        f"got {wrong!r}. The names are {', '.join(map(repr, sorted(LOSSES)))}."
    )
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        get_loss(wrong)


def test_a_class_in_place_of_its_instance():
    message = "`loss` must be a name or an instance; got the class Focal. Write Focal()."
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        get_loss(Focal)
