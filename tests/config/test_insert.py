from hypothesis import given
from hypothesis import strategies as st

from quanticity.config.document import parse
from quanticity.config.insert import insert_endpoint, insert_source

BLOCK = "depth:\n  path: /x\n"

PARTS = [
    "data_sources:\n",
    "  uw:\n    endpoints:\n",
    "      a:\n        path: /a\n",
    "      # said of what follows\n",
    "# at the edge\n",
    "\n",
    "      b: {path: /b}\n",
    "    terms: x\n",
    "  av:\n    endpoints:\n      c:\n        units: |\n          text\n\n",
    "store: {}\n",
]


def test_it_goes_behind_the_last_endpoint_and_its_comments():
    raw = b"data_sources:\n  uw:\n    endpoints:\n      a: {path: /a}\n      # of a\n    terms: x\n"
    found = insert_endpoint(raw, parse(raw, "f"), "uw", BLOCK)
    assert found is not None
    assert found.decode().splitlines() == [
        "data_sources:",
        "  uw:",
        "    endpoints:",
        "      a: {path: /a}",
        "      # of a",
        "      depth:",
        "        path: /x",
        "    terms: x",
    ]


def test_line_ends_and_indents_are_the_files_own():
    raw = b"data_sources:\r\n    uw:\r\n        endpoints:\r\n            a: {path: /a}"
    found = insert_endpoint(raw, parse(raw, "f"), "uw", BLOCK)
    assert found == raw + b"\r\n            depth:\r\n              path: /x\r\n"


def test_the_empty_config_that_a_person_is_told_to_begin_with_had_no_place_for_a_source():
    raw = b"data_sources: {}  # of mine\nstore: {}\n"
    found = insert_source(raw, parse(raw, "f"), "new:\n  base_url: https://x\n")
    assert found == (b"data_sources:  # of mine\n  new:\n    base_url: https://x\nstore: {}\n")
    raw = b"data_sources:\n  uw:\n    endpoints: {}\n"
    found = insert_endpoint(raw, parse(raw, "f"), "uw", BLOCK)
    assert found == b"data_sources:\n  uw:\n    endpoints:\n      depth:\n        path: /x\n"


def test_anchors_and_merge_keys_are_no_hindrance():
    raw = b"data_sources:\n  uw:\n    endpoints:\n      a: &a {path: /a}\n      b: {<<: *a}\n"
    found = insert_endpoint(raw, parse(raw, "f"), "uw", BLOCK)
    assert found is not None
    assert found.startswith(raw)


@given(st.lists(st.sampled_from(PARTS), max_size=8))
def test_it_says_what_was_said_and_the_block_or_nothing_at_all(parts):
    raw = "".join(parts).encode()
    document = parse(raw, "f")
    if document.problems:
        return
    for found in (
        insert_endpoint(raw, document, "uw", BLOCK),
        insert_source(raw, document, "new:\n  base_url: https://x\n"),
    ):
        if found is None:
            continue
        after = parse(found, "f")
        assert after.problems == ()
        kept = [line for line in found.splitlines() if line in raw.splitlines()]
        assert len(kept) >= len(raw.splitlines())
        assert "depth" in str(after.tree) or "new" in str(after.tree)
