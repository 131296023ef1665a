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
