"""What the files say can be shown and compared, whether or not it would run here."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanticity.config.loader import Loader
from quanticity.config.show import show
from quanticity.errors import ConfigError

BASE = """data_sources:
  vendor:
    base_url: "https://api.vendor.com?key=${VENDOR_TOKEN}"
    auth: {type: bearer, token_env: VENDOR_TOKEN}
    endpoints:
      quote:
        path: /quote
        interval_seconds: 60
        redis_key: raw:vendor:quote
        ttl_seconds: 60
        priority: critical
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data_sources.yaml").write_text(BASE)
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "prod.yaml").write_text("environment: prod\n")
    return tmp_path


def test_a_missing_key_of_prod_is_no_matter_for_showing(folder: Path):
    with pytest.raises(ConfigError, match="VENDOR_TOKEN is not set"):
        Loader(folder, "prod", {}).load()
    layers, _ = Loader(folder, "prod", {}).written()
    assert layers.tree["environment"] == "prod"


def test_secrets_stay_hidden(folder: Path):
    layers, secrets = Loader(folder, "prod", {"VENDOR_TOKEN": "s3cret-of-vendor"}).written()
    assert "s3cret-of-vendor" not in show(layers, origin=True, redact=secrets.redact)
    assert "s3cret" not in secrets.redact("it said s3cret-of-vendor")


def test_a_file_that_is_no_yaml_is_told_with_its_line(folder: Path):
    (folder / "data_sources.yaml").write_text("data_sources:\n  vendor: [\n")
    with pytest.raises(ConfigError, match=r"data_sources\.yaml:"):
        Loader(folder, "prod", {}).written()
