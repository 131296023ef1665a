import pytest

from quanticity.config.location import check_environment, find_config, shipped_home
from quanticity.errors import ConfigError


def test_a_given_folder_is_used(project):
    project.base("")
    assert find_config(project.folder).base == project.folder / "data_sources.yaml"


def test_a_given_file_is_the_base_of_its_folder(project):
    file = project.write("mine.yaml", "")
    found = find_config(file)
    assert (found.base, found.folder) == (file, project.folder)


def test_a_folder_that_is_not_there_or_has_no_base_is_told(project):
    with pytest.raises(ConfigError, match="no such config folder"):
        find_config(project.folder / "none")
    with pytest.raises(ConfigError, match=r"has no data_sources\.yaml"):
        find_config(project.folder)


def test_without_one_the_folder_here_is_used_and_else_what_ships(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "config").mkdir(parents=True)  # somebody's config, not ours
    assert find_config(start=elsewhere).shipped
    assert find_config(start=elsewhere).base.is_file()
    assert find_config(start=elsewhere).home == shipped_home()
    project.base("")
    assert find_config(start=project.home).folder == project.folder


def test_a_folder_reached_by_a_link_keeps_its_name(project, tmp_path):
    project.base("")
    link = tmp_path / "current"
    link.symlink_to(project.folder)
    assert find_config(link).folder == link


def test_environments_are_the_overlays_and_the_built_in(project):
    project.base("")
    project.write("env/staging.yaml", "")
    location = find_config(project.folder)
    assert location.environments() == ("demo", "dev", "prod", "staging")
    check_environment(location, "staging")
    with pytest.raises(ConfigError, match="no environment 'stagin'; did you mean 'staging'"):
        check_environment(location, "stagin")
    with pytest.raises(ConfigError, match="there are demo, dev, prod, staging"):
        check_environment(location, "xyz")


def test_a_folder_that_is_gone_was_told_as_an_environment_that_it_never_had(project):
    project.base("")
    project.write("env/staging.yaml", "")
    location = find_config(project.folder)
    project.folder.rename(project.folder.with_name("elsewhere"))
    with pytest.raises(ConfigError, match="config: the config folder is gone; put it back"):
        check_environment(location, "staging")


@pytest.mark.parametrize("name", ["../env/dev", "dev/../dev", ""])
def test_a_name_is_no_path(project, name):
    project.base("")
    with pytest.raises(ConfigError):
        check_environment(find_config(project.folder), name)


def test_files_are_shown_relative_to_the_config(project):
    project.base("")
    location = find_config(project.folder)
    assert location.shown(project.folder / "env" / "dev.yaml") == "env/dev.yaml"
    assert location.shown(project.home / ".env") == ".env"
    assert location.shown(project.home / "transforms" / "x.py") == "transforms/x.py"
