from hypothesis import given

from quanticity.config.diff import diff
from quanticity.config.document import Document, parse
from quanticity.config.overlay import Layers
from tests.config.trees import trees

BASE = parse(b"a: {x: 1, l: [1, 2], gone: yes}\nb: 2\n", "data_sources.yaml")


def laid(text):
    return Layers([BASE, parse(text.encode(), "env/prod.yaml")])


def test_each_difference_has_both_values_and_where_they_were_written():
    changes = diff(Layers([BASE]), laid("a: {x: 3, l: [1], gone: null}\nc: {d: {e: 1}}\n"))
    assert [str(change) for change in changes] == [
        "~ a.x: 1 -> 3  (data_sources.yaml:1 -> env/prod.yaml:1)",
        "~ a.l: [1, 2] -> [1]  (data_sources.yaml:1 -> env/prod.yaml:1)",
        "- a.gone: true  (data_sources.yaml:1)",
        "+ c: {d: {e: 1}}  (env/prod.yaml:2)",
    ]
    assert changes[0].as_dict() == {
        "kind": "changed",
        "path": "a.x",
        "before": 1,
        "after": 3,
        "before_at": "data_sources.yaml:1",
        "after_at": "env/prod.yaml:1",
    }


def test_true_is_not_one():
    assert len(diff(Layers([BASE]), laid("a: {x: true}\n"))) == 1


def of(tree):
    return Layers([Document("f", tree)])


@given(trees())
def test_nothing_differs_from_itself(tree):
    assert diff(of(tree), of(tree)) == []


@given(trees(), trees())
def test_the_other_way_round_is_the_mirror(one, other):
    mirror = {"added": "removed", "removed": "added", "changed": "changed"}
    there = [(change.path, change.kind) for change in diff(of(one), of(other))]
    back = [(change.path, mirror[change.kind]) for change in diff(of(other), of(one))]
    assert sorted(there) == sorted(back)


def test_secrets_that_differ_are_hidden_on_both_sides():
    one = of({"params": {"apikey": "first-secret"}, "note": "tk-1234"})
    other = of({"params": {"apikey": "second-secret"}, "note": "tk-5678"})

    def redact(text):
        return text.replace("tk-1234", "***").replace("tk-5678", "***")

    text = "\n".join(str(change) for change in diff(one, other, redact=redact))
    assert text.count("*** -> ***".replace("***", '"***"')) == 2
    assert "secret" not in text
    assert "tk-" not in text
