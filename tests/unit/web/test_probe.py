from watchdog.web.probe import trouble


def test_an_address_that_is_none_is_told_in_a_sentence() -> None:
    assert trouble("127.0.0.1:x") == "127.0.0.1:x does not answer: nonnumeric port: 'x'"
