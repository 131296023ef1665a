import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from quanticity.config.location import find_config
from quanticity.config.watched import Watched
from tests.config.project import ENDPOINT, Project


def watched(project, *folders):
    return Watched(find_config(project.folder), folders)


def names(found):
    return sorted(path.name for path in found)


def test_what_a_load_may_read_is_followed_and_nothing_else(project):
    project.base(ENDPOINT)
    for name in ("env/dev.yaml", "contracts/a.json", ".env", "../.env", "../transforms/t.py"):
        project.write(name, "")
    for name in ("notes.txt", ".hidden.yaml", "__pycache__/t.py", "..old/data_sources.yaml", "x~"):
        project.write(name, "")
    found = watched(project, project.home / "transforms").files()
    assert names(found) == [".env", ".env", "a.json", "data_sources.yaml", "dev.yaml", "t.py"]


def test_links_that_lead_round_in_circles_are_walked_once(project):
    project.base(ENDPOINT)
    project.write("env/dev.yaml", "")
    (project.folder / "again").symlink_to(project.folder)
    (project.folder / "env" / "up").symlink_to(project.folder)
    assert names(watched(project).files()) == ["data_sources.yaml", "dev.yaml"]


def test_a_link_that_leads_to_itself_is_no_reason_to_stop(project):
    file = project.base(ENDPOINT)
    one = watched(project)
    file.unlink()
    file.symlink_to(file.name)
    assert project.folder in one.places()
    assert one.stats() == {}
    one.digest()


def test_a_pipe_in_a_config_folder_is_not_waited_for(project):
    project.base(ENDPOINT)
    before = watched(project).digest()
    os.mkfifo(project.folder / "pipe.yaml")
    assert watched(project).digest() == before


def test_the_digest_changes_with_any_byte_and_with_nothing_else(project):
    file = project.base(ENDPOINT)
    one = watched(project)
    first = one.digest()
    file.touch()
    project.write("notes.txt", "mine")
    assert one.digest() == first
    file.write_text(ENDPOINT + " ")
    assert one.digest() != first


def test_stats_change_with_a_write(project):
    file = project.base(ENDPOINT)
    one = watched(project)
    before = one.stats()
    file.write_text(ENDPOINT + "# more\n")
    assert one.stats() != before


def test_beside_the_config_only_what_matters_concerns(project):
    project.base(ENDPOINT)
    one = watched(project, project.home / "transforms")
    home = str(project.home)
    assert one.concerns(f"{home}/.env", is_folder=False)
    assert one.concerns(f"{home}/config", is_folder=True)
    assert one.concerns(f"{home}/transforms", is_folder=True)
    assert not one.concerns(f"{home}/run.log", is_folder=False)
    assert not one.concerns(f"{home}/data.yaml", is_folder=False)
    assert one.concerns(f"{project.folder}/data_sources.yaml", is_folder=False)
    assert one.concerns(f"{project.folder}/..data", is_folder=False)
    assert not one.concerns(f"{project.folder}/.data_sources.yaml.swp", is_folder=False)
    assert not one.concerns(f"{project.folder}/data_sources.yaml~", is_folder=False)


def test_the_folder_of_what_a_link_stands_for_is_listened_at(project, tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (real / "x.yaml").write_text(ENDPOINT)
    (project.folder / "data_sources.yaml").symlink_to(real / "x.yaml")
    assert real in watched(project).places()


@contextmanager
def nobody_special():
    """Root may look everywhere, and so is somebody else for the while."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_folder_that_may_not_be_looked_into_was_no_folder_to_listen_at():
    # A folder of its own: those of pytest are for their owner alone.
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        project = Project(Path(home))
        project.base(ENDPOINT)
        file = project.write("env/dev.yaml", "")
        file.parent.chmod(0o644)
        try:
            with nobody_special():
                assert not os.access(file, os.F_OK, effective_ids=True)
                assert project.folder in watched(project).places()
        finally:
            file.parent.chmod(0o755)


def test_a_swap_of_links_within_the_config_folder_made_it_listen_anew(project):
    """As it did each time, with watchdog's warning that a folder was listened at twice."""
    for name in ("..one", "..two"):
        (project.folder / name).mkdir()
        (project.folder / name / "data_sources.yaml").write_text(ENDPOINT)
    link = project.folder / "..data"
    link.symlink_to("..one")
    (project.folder / "data_sources.yaml").symlink_to("..data/data_sources.yaml")
    before = watched(project).places()
    link.unlink()
    link.symlink_to("..two")
    assert watched(project).places() == before
    assert project.folder in before


def test_a_stray_file_whose_name_is_no_utf_8_stopped_the_check_of_the_config(project):
    project.base(ENDPOINT)
    stray = os.fsencode(project.folder) + b"/env/\xfe.yaml"
    (project.folder / "env").mkdir()
    before = watched(project).digest()
    with open(stray, "w") as file:  # noqa: PTH123  # a name of bytes
        file.write("x: 1\n")
    assert watched(project).digest() != before
    project.told()
