from hypothesis import given, settings
from hypothesis import strategies as st

from quanticity.config.blocks import BlockReader, Moved
from quanticity.config.compose import compose

LINES = [
    "      {name}:\n        path: /a/{{symbol}}\n        interval_seconds: {n}\n",
    "      {name}: {{path: /x, interval_seconds: {n}}}\n",
    "      {name}:\n        # said\n        units: >-\n          folded\n          text {n}\n\n",
    "      {name}:\n        note: |\n          sources:\n            endpoints:\n        n: {n}\n",
    "      {name}:\n# at the edge\n        params: [a,\n          b, {n}]\n",
    "      '{name}':\n        n: {n}\n",
    '      {name}:\n        text: "two\n          lines {n}"\n',
    "      {name}:\n",
    "      {name}: &anchor {{n: {n}}}\n",
    "      {name}:\n        n: ${{VAR}}\n",
    "      {name}:\n        <<: *anchor\n        m: {n}\n",
    "      {name}: *anchor\n",
]
TRICKS = [
    "",
    "\t",
    "---\n",
    "      x: [1,\n",
    '"',
    "  endpoints:\n",
    "#\n",
    "- a\n",
    "&anchor ",
    "*anchor ",
    "<<: *anchor\n",
    "    y: 1\n",
    "      e1: {n: 0}\n",
    "        endpoints:\n          e2: 1\n",
    "é",
]


@st.composite
def configs(draw):
    text = "symbol_groups: {a: [X]}\ndata_sources:\n"
    for source in range(draw(st.integers(1, 3))):
        text += f"  s{source}:\n    base_url: https://x\n    endpoints: # all\n"
        for n in range(draw(st.integers(0, 4))):
            text += draw(st.sampled_from(LINES)).format(name=f"e{n}", n=draw(st.integers(0, 2)))
        text += draw(st.sampled_from(["", "    terms: x\n", "# end\n"]))
    return text + draw(st.sampled_from(["", "aggregates: {}\n", "store:\n  pool_size: 3\n"]))


def plain(places, moved=0):
    """Places with every block's own lines counted from the file's first."""
    line, column, inside = places
    if isinstance(inside, Moved):
        return (line + moved, column, plain((0, 0, inside.inside), inside.first - 1)[2])
    if isinstance(inside, dict):
        return (line + moved, column, {name: plain(one, moved) for name, one in inside.items()})
    if isinstance(inside, list):
        return (line + moved, column, [plain(one, moved) for one in inside])
    return (line + moved, column, inside)


@settings(max_examples=3 * settings().max_examples)
@given(st.lists(configs(), min_size=1, max_size=4), st.data())
def test_reading_by_blocks_is_reading_it_all(texts, data):
    reader = BlockReader(smallest=0)
    for given_text in texts:
        at = data.draw(st.integers(0, len(given_text)))
        text = given_text[:at] + data.draw(st.sampled_from(TRICKS)) + given_text[at:]
        tree, places, problems = reader.compose(text, "f.yaml")
        whole_tree, whole_places, whole_problems = compose(text, "f.yaml")
        assert problems == whole_problems
        assert repr(tree) == repr(whole_tree)  # in the same order
        assert plain(places) == plain(whole_places)


def test_a_block_whose_lines_stay_is_the_same_object():
    text = "data_sources:\n  s:\n    endpoints:\n      a:\n        n: 1\n      b:\n        n: 2\n"
    reader = BlockReader(smallest=0)
    first = reader.compose(text, "f")[0]["data_sources"]["s"]["endpoints"]
    edited = "# one more line\n" + text.replace("n: 2", "n: 3")
    second, places, _ = reader.compose(edited, "f")
    now = second["data_sources"]["s"]["endpoints"]
    assert now["a"] is first["a"]
    assert now["b"] == {"n": 3}
    assert isinstance(places[2]["data_sources"][2]["s"][2]["endpoints"][2]["a"][2], Moved)


def test_a_quote_that_runs_over_two_blocks_is_read_as_it_stands():
    text = 'data_sources:\n  s:\n    endpoints:\n      a: "x\n      b: y"\n      c: 1\n'
    assert BlockReader(smallest=0).compose(text, "f")[0] == compose(text, "f")[0]


def test_values_with_references_are_not_among_the_plain():
    text = (
        "data_sources:\n  s:\n    endpoints:\n      a:\n        n: 1\n      b:\n        n: ${V}\n"
    )
    reader = BlockReader(smallest=0)
    found = reader.compose(text, "f")[0]["data_sources"]["s"]["endpoints"]
    assert id(found["a"]) in reader.plain
    assert id(found["b"]) not in reader.plain


def test_blocks_tied_by_anchors_are_read_with_the_rest_and_the_others_are_kept():
    text = (
        "data_sources:\n  s:\n    endpoints:\n"
        "      a: &a {n: 1}\n      b:\n        <<: *a\n        m: 2\n      c:\n        n: 3\n"
    )
    reader = BlockReader(smallest=0)
    first = reader.compose(text, "f")[0]["data_sources"]["s"]["endpoints"]
    second = reader.compose(text.replace("n: 1", "n: 9"), "f")[0]["data_sources"]["s"]["endpoints"]
    assert second["b"] == {"n": 9, "m": 2}
    assert second["c"] is first["c"]
