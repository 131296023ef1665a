import pytest

from quanticity.config.document import parse
from quanticity.config.overlay import Layers
from quanticity.config.show import show, show_values
from quanticity.errors import QuanticityError
from tests.config.project import ENDPOINT


def test_it_says_what_the_layers_say_together(project):
    project.base(ENDPOINT)
    project.write("env/dev.yaml", "data_sources: {uw: {endpoints: {quote: {symbols: [SPY]}}}}\n")
    loaded = project.load()
    text = show(loaded.layers)
    assert parse(text.encode(), "f").tree == loaded.written
    assert "symbols: [SPY]" in text


def test_each_value_has_the_file_and_line_that_set_it(project):
    project.base(ENDPOINT)
    project.write(
        "env/dev.yaml",
        "data_sources:\n  uw:\n    endpoints:\n      quote:\n        ttl_seconds: 99\n",
    )
    said = show(project.load().layers, origin=True).splitlines()
    by_value = {line.split("#")[0].strip(): line.split("# ")[1] for line in said}
    assert by_value["ttl_seconds: 99"] == "env/dev.yaml:5"
    assert by_value["interval_seconds: 60"] == "data_sources.yaml:8"
    assert by_value["quote:"] == "data_sources.yaml:5"


def test_values_are_given_by_path_for_programs(project):
    project.base(ENDPOINT)
    values = show_values(project.load().layers)
    assert values["data_sources.uw.endpoints.quote.symbols"] == {
        "value": ["SPY", "QQQ"],
        "file": "data_sources.yaml",
        "line": 7,
        "column": 9,
    }


def test_no_secret_is_shown_whichever_way_it_came(project):
    token = "tk-never-shown-11"
    project.base(
        ENDPOINT.replace(
            "    endpoints:",
            f'    auth: {{type: bearer, token_env: T}}\n    headers: {{A: "${{KEY}}", B: "{token}",'
            ' "X-Api-Key": in-the-open-22}\n    endpoints:',
        )
    )
    loaded = project.load(environ={"T": token, "KEY": "key-never-shown-33"})
    for text in (
        show(loaded.layers, redact=loaded.secrets.redact),
        show(loaded.layers, origin=True, redact=loaded.secrets.redact),
        str(show_values(loaded.layers, redact=loaded.secrets.redact)),
        repr(loaded),
        repr(loaded.secrets),
    ):
        assert token not in text or text == repr(loaded)
        assert "in-the-open-22" not in text or text == repr(loaded)
    assert "key-never-shown-33" not in show(loaded.layers)
    assert "${KEY}" in show(loaded.layers)


def test_a_config_with_mistakes_is_shown_all_the_same():
    layers = Layers([parse(b"data_sources: {uw: {pathh: 1}}\n", "f")])
    assert show(layers) == "data_sources:\n  uw: {pathh: 1}\n"


def test_a_part_is_shown_alone_in_what_it_is_in(project):
    project.base(ENDPOINT)
    layers = project.load().layers
    part = "data_sources.uw.endpoints.quote.symbols"
    assert show(layers, part, origin=True).splitlines()[-1].split() == [
        *("symbols:", "[SPY,", "QQQ]", "#", "data_sources.yaml:7")
    ]
    assert parse(show(layers, part).encode(), "f").tree == {
        "data_sources": {"uw": {"endpoints": {"quote": {"symbols": ["SPY", "QQQ"]}}}}
    }
    assert list(show_values(layers, part)) == [part]
    assert show(layers, "data_sources") in show(layers)
    assert show(layers, "uw.quote.symbols") == show(layers, part)
    assert show(layers, "uw") == show(layers, "data_sources.uw") == show(layers, "data_sources")


@pytest.mark.parametrize(
    ("part", "hint"),
    [
        ("uw.quota", "did you mean 'uw.quote'?"),
        ("data_sources.uv", "did you mean 'data_sources.uw'?"),
        ("data_sources.uw.endpoints.quote.symbols.SPY", "quote.symbols'?"),
        ("zzz", "it has data_sources"),
        (".", "it has data_sources"),
    ],
)
def test_a_part_that_is_not_there_has_what_was_meant(project, part, hint):
    project.base(ENDPOINT)
    with pytest.raises(QuanticityError) as error:
        show(project.load().layers, part)
    assert str(error.value).startswith(f"nothing is written at {part}; ")
    assert hint in str(error.value)
