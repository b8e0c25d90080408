import pytest

from logitscope import activations
from logitscope._exceptions import InvalidInputError, UnknownNameError
from logitscope.activations import ACTIVATIONS, CustomActivation, get_activation


def test_names_are_those_of_the_activations():
    assert all(phi.name == name for name, phi in ACTIVATIONS.items())


def test_a_name_or_an_activation_gives_the_activation():
    tanh = get_activation("tanh")
    assert tanh is ACTIVATIONS["tanh"]
    assert get_activation(tanh) is tanh


def test_an_object_is_adapted():
    class Own:
        lower, upper = 0, 1
        value = derivative = staticmethod(lambda z: z)

    assert isinstance(get_activation(Own()), CustomActivation)


def test_an_unknown_name_lists_the_names_of_the_registry(monkeypatch):
    monkeypatch.setattr(activations, "ACTIVATIONS", dict.fromkeys(["tanh", "sigmoid"]))
    with pytest.raises(UnknownNameError) as error:
        get_activation("relu")
    assert str(error.value) == "`activation` must be one of 'sigmoid', 'tanh'; got 'relu'."


def test_anything_else_is_told_what_it_lacks():
    with pytest.raises(InvalidInputError) as error:
        get_activation(3)
    assert str(error.value) == (
        "`activation` must be a name, an Activation, or an object with `value`, `derivative`, `lower` and "
        "`upper`; got 3, which lacks `value`, `derivative`, `lower`, `upper`."
    )
