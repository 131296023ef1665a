"""Fixtures of the config's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty config folder."""
    return Project(tmp_path)
