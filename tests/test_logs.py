"""No registered secret is ever shown, in whatever form it reaches a text."""

from __future__ import annotations

import base64
import json
import logging
import re
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanticity.logs import configure, file_only, format_exception, logger, redact, register_secret
from quanticity.redaction import Redactor, written_forms

SECRET = "s3cr&t/Känguru+77"
secrets = st.text(min_size=4, max_size=40).filter(lambda text: len(text.strip()) >= 4)


@pytest.fixture(autouse=True)
def _fresh():
    register_secret(SECRET)
    yield
    configure("WARNING")


@given(secret=secrets, before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_registered_secret_survives(secret, before, after):
    redactor = Redactor()
    redactor.register(secret)
    assert secret not in redactor.redact(f"{before}{secret}{after}{secret}")


@given(one=secrets, two=secrets, cut=st.integers(0, 4))
def test_overlapping_secrets_leave_nothing_whole(one, two, cut):
    redactor = Redactor()
    redactor.register(one)
    redactor.register(two)
    shown = redactor.redact(one + two[cut:] + two)
    assert one not in shown
    assert two not in shown


@given(secret=secrets, before=st.binary(max_size=9), after=st.binary(max_size=9))
def test_base64_of_a_text_that_holds_a_secret_does_not_give_it_back(secret, before, after):
    redactor = Redactor()
    redactor.register(secret)
    coded = base64.b64encode(before + secret.encode() + after).decode()
    shown = redactor.redact(f"Authorization {coded}")
    assert coded not in shown


@pytest.mark.parametrize(
    "coded",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        re.sub("%..", lambda found: found[0].lower(), quote(SECRET, safe="")),
        quote_plus(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        json.dumps(SECRET).replace("/", "\\/"),
        repr(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(f"user:{SECRET}".encode()).decode(),
    ],
)
def test_every_form_of_a_secret_is_masked(coded):
    assert coded.strip("\"'") not in redact(f"GET /x?q={coded} failed")


def test_a_key_with_a_quote_in_it_was_told_where_json_is_quoted_in_json():
    secret = 'j0in"S3cret\\x'
    redactor = Redactor()
    redactor.register(secret)
    said = secret
    for _ in range(3):
        said = json.dumps({"you": said})
        assert "S3cret" not in redactor.redact(said)
        # What is stored is held to the same forms.
        assert any(form in said for form in written_forms(secret))


@pytest.mark.parametrize(
    "text",
    [
        "GET https://x.test/q?function=T&apikey=UNKNOWN1 -> 500",
        "GET https://x.test/q?key=UNKNOWN1&symbol=SPY",
        "token=UNKNOWN1",
        "api_key='UNKNOWN1'",
        '{"access_token": "UNKNOWN1"}',
        "{'password': 'UNKNOWN1'}",
        "Authorization: Bearer UNKNOWN1",
        "Authorization: Basic UNKNOWN1=",
        "sent bearer UNKNOWN1",
        "X-API-Key: UNKNOWN1",
        "redis://user:UNKNOWN1@host:6379/0",
        "We have detected your API key as UNKNOWN1 and our standard limit is 25 requests",
    ],
)
def test_what_looks_like_a_secret_is_masked_though_nobody_registered_it(text):
    assert "UNKNOWN1" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "missing token: set UW_TOKEN in .env",
        "token=${UW_TOKEN}",
        "unknown field 'api_keyy'; did you mean 'api_key'?",
        "auth: bearer, token_env: UW_TOKEN",
        "bearer authentication needs a token",
        "raw:uw:spot_gex:SPY age 3.2 s, 117 calls left",
    ],
)
def test_what_is_no_secret_stays_readable(text):
    assert redact(text) == text


def test_values_under_four_characters_are_left_alone():
    register_secret("SPY")
    assert redact("raw:uw:spot_gex:SPY") == "raw:uw:spot_gex:SPY"


def test_a_traceback_tells_what_and_where_but_no_secret(capsys):
    configure("INFO")
    try:
        raise ValueError(f"refused {SECRET}") from KeyError(SECRET)
    except ValueError as error:
        shown = format_exception(error)
        logger.exception("fetch failed with {}", SECRET)
    told = capsys.readouterr().err
    assert SECRET not in shown
    assert SECRET not in told
    assert "ValueError: refused ***" in told
    assert "test_logs.py" in told


def test_fields_and_standard_logging_are_redacted_too(capsys):
    configure("INFO")
    logger.bind(url=f"https://x.test/?q={SECRET}").info("sent")
    logging.getLogger("asyncio").error("lost %s", SECRET)
    told = capsys.readouterr().err
    assert "sent [url=https://x.test/?q=***]" in told
    assert "lost ***" in told


def test_json_lines_are_objects_and_hold_no_secret(tmp_path: Path):
    file = tmp_path / "logs" / "run.jsonl"
    configure("INFO", json=True, file=file, terminal=False)
    logger.bind(feed="uw.spot_gex", tries=2).warning('said "{}" {{braces}}', SECRET)
    try:
        raise OSError(SECRET)
    except OSError:
        logger.exception("store")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert SECRET not in file.read_text()
    assert lines[0]["message"] == 'said "***" {braces}'
    assert lines[0]["feed"] == "uw.spot_gex"
    assert lines[0]["tries"] == 2
    assert "OSError: ***" in lines[1]["exception"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_terminal_nothing_is_written_to_it(tmp_path: Path, capsys):
    configure("INFO", file=tmp_path / "run.log", terminal=False)
    logger.info("to the file")
    assert capsys.readouterr().err == ""
    assert "to the file" in (tmp_path / "run.log").read_text()


def test_what_is_told_elsewhere_is_kept_in_the_file_and_not_said_twice(tmp_path: Path, capsys):
    configure("WARNING", file=tmp_path / "run.log")
    file_only.info("raw:uw:quote has its {first} value")
    file_only.warning("a vendor is away")
    logger.info("too little for the terminal")
    logger.warning("for both")
    assert [line.partition(" WARNING  ")[2] for line in capsys.readouterr().err.splitlines()] == [
        "for both"
    ]
    kept = (tmp_path / "run.log").read_text().splitlines()
    assert [line[24:].split(maxsplit=1) for line in kept] == [
        ["INFO", "raw:uw:quote has its {first} value"],
        ["WARNING", "a vendor is away"],
        ["INFO", "too little for the terminal"],
        ["WARNING", "for both"],
    ]


def test_a_full_disk_is_told_once_for_what_is_told_elsewhere(tmp_path: Path, capsys):
    (tmp_path / "run.log").symlink_to("/dev/full")
    configure("WARNING", file=tmp_path / "run.log", terminal=False)
    for number in range(5):
        file_only.info("line {}", number)
    logger.warning("told nowhere else")
    first, second = capsys.readouterr().err.splitlines()
    assert "line 0 [not in run.log: [Errno 28]" in first
    assert "told nowhere else [not in run.log: [Errno 28]" in second


def test_on_a_full_disk_a_line_goes_to_the_terminal_without_a_traceback(tmp_path: Path, capsys):
    (tmp_path / "run.log").symlink_to("/dev/full")
    register_secret(SECRET)
    configure("INFO", file=tmp_path / "run.log", terminal=False)
    logger.warning("said {}", SECRET)
    told = capsys.readouterr().err
    assert "said *** [not in run.log: [Errno 28] No space left on device]" in told
    assert len(told.splitlines()) == 1


def test_an_uncaught_exception_is_redacted():
    program = (
        "from quanticity.logs import configure, register_secret\n"
        "import sys\n"
        "secret = sys.stdin.read()\n"
        "register_secret(secret)\n"
        "configure()\n"
        "raise RuntimeError(secret)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=SECRET, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert SECRET not in done.stderr
    assert "RuntimeError: ***" in done.stderr
