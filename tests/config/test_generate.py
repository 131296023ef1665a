import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from quanticity.config.generate import generated, main

ROOT = Path(__file__).resolve().parents[2]
SCHEMA_LINE = "# yaml-language-server: $schema="


@pytest.mark.parametrize("name", [name.as_posix() for name in generated(ROOT)])
def test_what_is_committed_is_what_the_code_says(name):
    fresh = generated(ROOT)[Path(name)]
    committed = (ROOT / name).read_text("utf-8")
    assert committed == fresh, f"{name} is stale: run python -m quanticity.config.generate"


@pytest.mark.parametrize(
    "file",
    [
        ROOT / "config" / "data_sources.yaml",
        *sorted((ROOT / "config" / "env").glob("*.yaml")),
        *sorted((ROOT / "config" / "presets").glob("*.yaml")),
        *sorted((ROOT / "config" / "strategies").glob("*.yaml")),
    ],
    ids=lambda file: file.name,
)
def test_every_shipped_file_names_its_schema_for_editors(file):
    first = file.read_text("utf-8").splitlines()[0]
    assert first.startswith(SCHEMA_LINE)
    schema = (file.parent / first.removeprefix(SCHEMA_LINE)).resolve()
    assert schema.is_file()
    assert ("overlay" in schema.name) == (file.parent.name == "env")
    assert ("preset" in schema.name) == (file.parent.name == "presets")
    assert ("strategy" in schema.name) == (file.parent.name == "strategies")


def test_an_editor_called_the_section_of_a_shipped_plugin_unknown():
    for name in ("config/schema.json", "config/schema.overlay.json"):
        section = json.loads(generated(ROOT)[Path(name)])["properties"]["toxic_flow"]
        assert jsonschema.Draft7Validator(section).is_valid({"seconds": 60})


def test_only_what_is_stale_is_written(tmp_path, capsys):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "data_sources.yaml").write_text(
        (ROOT / "config" / "data_sources.yaml").read_text("utf-8")
    )
    main(tmp_path)
    assert len(capsys.readouterr().out.splitlines()) == 7
    (tmp_path / "config" / "schema.json").write_text("{}")
    main(tmp_path)
    assert capsys.readouterr().out == "wrote config/schema.json\n"


def test_every_shipped_endpoint_describes_itself():
    tree = yaml.safe_load((ROOT / "config" / "data_sources.yaml").read_text("utf-8"))
    for name, source in tree["data_sources"].items():
        assert source.get("description"), name
        for title, endpoint in source["endpoints"].items():
            assert endpoint.get("description"), f"{name}.{title} has no description"
