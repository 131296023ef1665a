"""Which edits below the folders of plugins are noticed."""

from __future__ import annotations

from pathlib import Path

from quanticity.runtime.plugin_watch import signature


def write(path: Path, text: str = "1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_an_edit_in_a_folder_that_is_a_link_was_not_seen(tmp_path: Path) -> None:
    mine = write(tmp_path / "elsewhere" / "mine.py")
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "as_a_link").symlink_to(plugins)
    for folder in (plugins, tmp_path / "as_a_link"):
        before = signature([folder])
        write(mine, mine.read_text() + "1")
        assert signature([folder]) != before


def test_an_edit_in_a_private_folder_of_a_package_was_not_seen(tmp_path: Path) -> None:
    write(tmp_path / "package" / "__init__.py")
    inside = write(tmp_path / "package" / "_parts" / "one.py")
    before = signature([tmp_path])
    write(inside, "11")
    assert signature([tmp_path]) != before


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path / "a" / "one.py")
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    (tmp_path / "a" / "gone").symlink_to(tmp_path / "nowhere")
    assert len(signature([tmp_path])) == 1


def test_what_is_no_source_is_no_edit(tmp_path: Path) -> None:
    write(tmp_path / "one.py")
    before = signature([tmp_path])
    write(tmp_path / "__pycache__" / "one.cpython-311.pyc")
    write(tmp_path / ".git" / "hook.py")
    write(tmp_path / "notes.txt")
    assert signature([tmp_path]) == before
