"""Options of transforms that were passed over, or misread, without a word."""

import pytest

FEED = "a: {path: /a, redis_key: 'raw:a', interval_seconds: 5, ttl_seconds: 9, transform_config: X}"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("{calculate_deltas: {key: symbol}}", "'key' is a list of names of fields; write key: [sy"),
        ("{calculate_deltas: {fields: [1]}}", "'fields' is a list of names of fields"),
        ("{calculate_deltas: {keys: [a]}}", "unknown option 'keys'; did you mean 'key'?"),
        ("{calculate_deltas: [price]}", "'calculate_deltas' is true, or a mapping of 'key' and"),
        ("{parse_timestamps: {zone: Mars}}", "there is no zone 'Mars'; for example America/New"),
        ("{parse_timestamps: {zones: UTC}}", "unknown option 'zones'; did you mean 'zone'?"),
        ("{parse_timestamps: UTC}", "'parse_timestamps' is true, or a mapping that says a zone"),
        ("{numbers: strike}", "'numbers' is true, or a list of the fields"),
        ("{flatten_nested: 'false'}", "'flatten_nested' is true or false; without quotes"),
        ("{field_map: [price]}", "'field_map' is a mapping of names"),
    ],
)
def test_an_option_in_a_form_that_it_does_not_have_is_told(project, options, told):
    project.endpoint(FEED.replace("X", options))
    (said,) = project.told()
    assert told in said
    assert "warning" not in said


@pytest.mark.parametrize(
    "options",
    [
        "{calculate_deltas: true, parse_timestamps: true, numbers: true, flatten_nested: true}",
        "{calculate_deltas: false, parse_timestamps: null, numbers: [], flatten_nested: null}",
        "{calculate_deltas: {key: [a, b], fields: [c]}, parse_timestamps: {zone: Europe/Zurich}}",
        "{numbers: [strike], field_map: {price: last}}",
    ],
)
def test_what_means_something_is_let_through(project, options):
    project.endpoint(FEED.replace("X", options))
    assert project.told() == []
