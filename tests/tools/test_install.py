"""What is installed with uv is what pip would install, from where pip would take it."""

from __future__ import annotations

from pathlib import Path

from tools.install import alone
from tools.quick_install import variables_of

ROOT = Path(__file__).parents[2]


def test_uv_is_told_where_pip_looks():
    said = (
        "global.index-url='https://packages.example/simple'\n"
        "global.extra-index-url='file:///one/simple\\nfile:///two/simple'\n"
        "global.find-links='/wheels /more'\n"
        "global.disable-pip-version-check='1'\n"
    )
    assert variables_of(said) == {
        "UV_DEFAULT_INDEX": "https://packages.example/simple",
        "UV_INDEX": "file:///one/simple file:///two/simple",
        "UV_FIND_LINKS": "/wheels,/more",
    }


def test_a_later_section_of_pips_settings_overrides():
    said = "global.index-url='https://a.example'\n:env:.index-url='https://b.example'\n"
    assert variables_of(said) == {"UV_DEFAULT_INDEX": "https://b.example"}


def test_uv_itself_is_installed_by_the_hashes_of_the_lock():
    lines = alone("uv", (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")).splitlines()
    assert lines[0].startswith("uv==")
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert len(lines) > 2


def test_a_lock_without_uv_is_left_to_pip():
    assert not alone("uv", (ROOT / "requirements.txt").read_text(encoding="utf-8"))
