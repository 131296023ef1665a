import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.scalars import resolve, tagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16:30", "16:30"),
        ("0000102034", "0000102034"),
        ("2024-01-05", "2024-01-05"),
        ("1e5", 1e5),
        ("1_000", 1000),
        ("-3", -3),
        ("0", 0),
        ("+2.5", 2.5),
        (".5", 0.5),
        ("0x1F", 31),
        ("on", True),
        ("No", False),
        ("~", None),
        ("", None),
        (".inf", ".inf"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        ("y", "y"),
    ],
)
def test_a_plain_scalar_means_what_it_looks_like(text, value):
    found = resolve(text)
    assert (found, type(found)) == (value, type(value))


@given(
    st.one_of(
        st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
    )
)
def test_what_yaml_writes_is_read_back(value):
    text = yaml.safe_dump(value).split("\n")[0]
    assert resolve(text) == value


@given(st.text())
def test_any_text_resolves_to_something(text):
    assert isinstance(resolve(text), str | int | float | bool | None)


def test_a_number_of_thousands_of_digits_stays_text():
    assert resolve("9" * 5000) == "9" * 5000


def test_a_tag_forces_the_type():
    assert tagged("tag:yaml.org,2002:str", "12") == "12"
    assert tagged("tag:yaml.org,2002:int", "12") == 12
    assert tagged("tag:yaml.org,2002:float", "1") == 1.0
    assert tagged("tag:yaml.org,2002:bool", "yes") is True
    assert tagged("tag:yaml.org,2002:null", "") is None


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("!include", "x"),
        ("tag:yaml.org,2002:python/object:os.system", "x"),
        ("tag:yaml.org,2002:int", "x"),
        ("tag:yaml.org,2002:bool", "3"),
    ],
)
def test_other_tags_are_refused(tag, text):
    with pytest.raises(ValueError, match=r"\w"):
        tagged(tag, text)
