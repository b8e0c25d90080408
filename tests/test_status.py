from logitscope.status import Status


def test_every_status_is_a_sentence_of_its_own():
    assert len({str(status) for status in Status}) == len(Status)
    for status in Status:
        assert str(status) == status.value
        assert not str(status).endswith(".")


def test_success_is_what_was_asked_for():
    assert {status.name for status in Status if status.is_success} == {
        "CONVERGED",
        "EPOCHS_DONE",
        "EARLY_STOPPED",
    }
