import pytest

from quanticity.config.sections import SectionRegistry
from quanticity.errors import ConfigError
from quanticity.spec import Spec, field
from tests.config.project import ENDPOINT


class Risk(Spec):
    """What may be lost."""

    max_daily_loss: float = field(gt=0, help="fraction of equity", example=0.06)


class Other(Spec):
    """Another."""


@pytest.fixture
def sections():
    registry = SectionRegistry()
    registry.register("risk_management", Risk)
    return registry


def test_a_registered_section_is_checked_and_handed_on(project, sections):
    project.base(ENDPOINT + "risk_management: {max_daily_loss: 0.06}\n")
    loaded = project.loader(sections=sections).load()
    assert loaded.sections == {"risk_management": Risk(max_daily_loss=0.06)}


def test_its_mistakes_have_file_and_line(project, sections):
    project.base(ENDPOINT + "risk_management:\n  max_dayly_loss: 0.06\n")
    with pytest.raises(ConfigError) as caught:
        project.loader(sections=sections).load()
    assert [str(problem) for problem in caught.value.problems] == [
        "data_sources.yaml:11:1: 'max_daily_loss' is missing; for example 0.06",
        "data_sources.yaml:12:3: unknown field 'max_dayly_loss'; did you mean 'max_daily_loss'?",
    ]


def test_an_unknown_section_is_an_error_with_the_near_miss(project, sections):
    project.base(ENDPOINT + "risk_managment: {}\n")
    with pytest.raises(ConfigError, match="unknown section 'risk_managment'; did you mean"):
        project.loader(sections=sections).load()


def test_a_name_belongs_to_one_plugin(sections):
    sections.register("risk_management", Risk)
    with pytest.raises(ValueError, match="registered already"):
        sections.register("risk_management", Other)
    with pytest.raises(ValueError, match="section of the core"):
        sections.register("data_sources", Risk)
    sections.unregister("risk_management")
    assert list(sections) == []
