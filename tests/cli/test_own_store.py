"""A server of a person's own, named in `.env` beside the keys."""

from __future__ import annotations

from pathlib import Path

from tests.cli.asked import ask, project

NOWHERE = "redis://:wire-secret-4471@127.0.0.1:1/0"


def named_in_dotenv(folder: Path) -> None:
    project(folder, plain="environment: plain\n", demo="simulation: {vendors: true}\n")
    (folder / ".env").write_text(f"REDIS_URL={NOWHERE}\nUW_API_TOKEN={'x' * 20}\n")


def test_a_server_that_dotenv_names_was_passed_over_without_a_word(tmp_path: Path) -> None:
    """Each run had an embedded one, and limits that two of them should share were counted twice."""
    named_in_dotenv(tmp_path)
    for words in (("check",), ("run", "--duration", "1"), ("get", "raw:uw:state:SPY")):
        said = ask(*words, "--env", "plain", cwd=tmp_path)
        assert said.status == 1, words
        assert "redis://127.0.0.1:1/0" in said.out + said.err, words
        assert "wire-secret-4471" not in said.out + said.err, words


def test_the_environment_wins_over_dotenv_and_may_take_the_server_away(tmp_path: Path) -> None:
    named_in_dotenv(tmp_path)
    said = ask(
        "check", "--env", "plain", cwd=tmp_path, environ={"REDIS_URL": "redis://127.0.0.1:2"}
    )
    assert "no store at redis://127.0.0.1:2" in said.out
    said = ask("check", "--env", "plain", cwd=tmp_path, environ={"REDIS_URL": ""})
    assert "✓ store        embedded" in said.out


def test_a_simulation_leaves_the_server_of_dotenv_alone_too(tmp_path: Path) -> None:
    named_in_dotenv(tmp_path)
    said = ask("check", cwd=tmp_path)
    assert said.status == 0
    assert "REDIS_URL is left alone" in said.out
