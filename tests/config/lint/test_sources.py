import pytest

SOURCE = """\
data_sources:
  v:
    base_url: {url}
    terms: "{terms}"
    endpoints:
      a: {{path: /x, interval_seconds: 5, redis_key: k, ttl_seconds: 9}}
"""


def test_an_address_has_a_scheme(project):
    project.base(SOURCE.format(url="api.example.com", terms=""))
    assert project.told() == [
        "data_sources.yaml:3:5: 'base_url' should begin with https:// (or http://)"
    ]


@pytest.mark.parametrize(
    "terms",
    ["No automated queries.", "Robots are disallowed below /api/.", "Scraping is prohibited."],
)
def test_a_source_whose_terms_forbid_it_is_on_with_a_warning_only(project, terms):
    project.base(SOURCE.format(url="https://x", terms=terms))
    (said,) = project.told()
    assert f"warning: 'v' is on, though its terms say: {terms}" in said
    assert project.told("demo") == []


def test_other_terms_are_no_matter(project):
    project.base(SOURCE.format(url="https://x", terms="Free with attribution."))
    assert project.told() == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("'http://'", "names no host to ask"),
        ("'https:///v1'", "names no host to ask"),
        ("'http://[::1'", "is no address"),
        ("https://h:99999/", "is no address"),
        ("https://h:port/", "is no address"),
    ],
)
def test_an_address_without_a_host_or_port_passed_and_every_run_raised(project, url, told):
    project.base(SOURCE.format(url=url, terms=""))
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:3:5: 'base_url' ")
    assert told in said


def test_a_password_in_an_address_passed_without_a_word(project):
    project.base(SOURCE.format(url="https://me:pass@h/", terms=""))
    (said,) = project.told()
    assert "warning: 'base_url' holds a user or a password in the open" in said


def test_half_of_a_password_was_told_as_a_port_that_is_no_number(project):
    project.base(SOURCE.format(url="https://me:paQQ/ss@h/", terms=""))
    (said,) = project.told()
    assert "'base_url' is no address" in said
    assert "paqq" not in said.lower()


@pytest.mark.parametrize(
    ("field", "value"), [("interval_seconds: 5", "1e-9"), ("ttl_seconds: 9", "1e20")]
)
def test_times_that_hung_the_schedule_or_that_the_store_refuses_passed(project, field, value):
    name = field.partition(":")[0]
    text = SOURCE.format(url="https://x", terms="").replace(field, f"{name}: {value}")
    project.base(text)
    said = project.told()
    assert any(f"'{name}' should be " in line for line in said), said


@pytest.mark.parametrize("name", ["a b", "a.b", "a:b", "ä", "-a", "a/b"])
def test_a_name_with_a_dot_made_feeds_that_nobody_could_ask_for(project, name):
    feed = '{path: /a, redis_key: "raw:a", interval_seconds: 5, ttl_seconds: 9}'
    project.endpoint(f'"{name}": {feed}')
    (said,) = project.told()
    assert said.startswith("data_sources.yaml:5:7: ")
    assert f"'{name}' cannot be a name; use letters, digits, _ and -" in said
    project.base(SOURCE.format(url="https://x", terms="").replace("  v:", f'  "{name}":'))
    assert f"'{name}' cannot be a name" in project.told()[0]
