from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.secrets import SIMULATED, Secrets
from quanticity.redaction import MASK, redact


def test_a_token_is_hidden_whatever_it_looks_like():
    secrets = Secrets({"T": "12345"}, tokens=["T"])
    assert secrets.get("T") == "12345"
    assert secrets.redact("it is 12345 here") == "it is *** here"


def test_names_that_tell_are_hidden_and_plain_settings_are_not():
    values = {"DB_PASSWORD": "hunter2!", "DRY_RUN": "true", "IB_PORT": "7497", "PLACE": "desk"}
    secrets = Secrets(values, own=values)
    assert secrets.hidden == {"hunter2!"}


def test_of_a_url_the_password_and_query_are_hidden():
    url = "redis://u:p%40ssword@host:6379/0?auth=abcdef"
    secrets = Secrets({"REDIS_URL": url}, used=["REDIS_URL"])
    assert secrets.redact(url) == "redis://u:***@host:6379/0?***"
    assert "p@ssword" in secrets.hidden


def test_what_the_config_took_in_is_hidden_unless_harmless():
    values = {"CONTACT": "me@example.com", "PORT": "8080", "FLAG": "yes"}
    assert Secrets(values, used=values).hidden == {"me@example.com"}


def test_missing_names_those_without_a_value():
    assert Secrets({"A": "x", "B": ""}).missing(["A", "B", "C"]) == ("B", "C")


def test_a_simulation_never_gets_a_real_key():
    secrets = Secrets({"T": "real-token"}, tokens=["T"], simulated=True)
    assert secrets.get("T") == SIMULATED
    assert secrets.missing(["T", "U"]) == ()
    assert "real-token" in secrets.hidden


def test_a_server_of_ones_own_got_the_stand_in_of_a_simulation_for_its_key():
    """The demo asks it as it is, so it refused the right key, and `check MINE` was said of that."""
    secrets = Secrets({"MINE": "real-token"}, ["MINE", "T"], simulated=True, sent=["MINE", "UNSET"])
    assert secrets.get("MINE") == "real-token"
    assert not secrets.stands_in("MINE")
    assert secrets.get("UNSET") == SIMULATED
    assert secrets.stands_in("UNSET")
    assert secrets.get("T") == SIMULATED


def test_its_repr_names_variables_only():
    assert repr(Secrets({"T": "hidden-value"}, tokens=["T"])) == "Secrets(T)"


def test_registered_secrets_leave_no_log():
    Secrets({"T": "s3cr3t-of-this-test"}, tokens=["T"]).register()
    assert redact("a s3cr3t-of-this-test b") == f"a {MASK} b"


@given(st.text(min_size=4, max_size=20).filter(lambda text: "*" not in text), st.text(), st.text())
def test_no_text_shows_a_token(value, before, after):
    secrets = Secrets({"T": value}, tokens=["T"])
    assert value not in secrets.redact(before.replace("*", "") + value + after.replace("*", ""))
