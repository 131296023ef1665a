"""Secrets are named by the variable that holds them."""

from __future__ import annotations

import pytest

from quanticity.errors import ConfigError
from tests.config.project import Project

SOURCE = """\
data_sources:
  uw:
    base_url: "http://127.0.0.1:9/api"
    auth: {auth}
"""
KEY = "1f9a2b3c-4d5e-6f70-8a9b-0c1d2e3f4a5b"


@pytest.mark.parametrize(
    "auth",
    [
        pytest.param("{type: bearer, token_env: '%s'}", id="token"),
        pytest.param("{type: basic, username_env: DB, password_env: '%s'}", id="password"),
    ],
)
def test_a_key_in_place_of_its_variables_name_was_told_in_every_message(
    project: Project, auth: str
) -> None:
    project.base(SOURCE.replace("{auth}", auth % KEY))
    with pytest.raises(ConfigError) as caught:
        project.load()
    assert KEY not in str(caught.value)
    [problem] = caught.value.problems
    assert "names no variable" in problem.message
    assert problem.line == 4


def test_a_variable_may_be_called_as_a_shell_lets_it(project: Project) -> None:
    project.base(SOURCE.replace("{auth}", "{type: bearer, token_env: _my_Token2}"))
    off = project.load().effective.sources["uw"].off
    assert off == "_my_Token2 is not set"
