import asyncio
import os
import shutil
import threading
import time

import pytest

from quanticity.clock import LiveClock
from quanticity.config.loaded import Loaded
from quanticity.config.watch import Patience, Watcher
from quanticity.errors import ConfigError, Problem
from tests.config.project import ENDPOINT

QUICK = Patience(quiet=0.05, open_file=0.5, most=2.0, check=0.3)
PROMPT = Patience(quiet=0.05, open_file=0.5, most=2.0, check=30.0)  # events or nothing


class Following:
    """A watcher at work, and what it told."""

    def __init__(self, loader, patience, on_loaded=None):
        self.loaded: asyncio.Queue[Loaded] = asyncio.Queue()
        self.problems: asyncio.Queue[tuple[Problem, ...]] = asyncio.Queue()
        self.watcher = Watcher(
            loader,
            loader.load(),
            LiveClock(),
            on_loaded=on_loaded or self.loaded.put_nowait,
            on_problem=self.problems.put_nowait,
            patience=patience,
        )

    async def __aenter__(self):
        self.task = asyncio.create_task(self.watcher.run())
        await asyncio.sleep(0.25)
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def next(self):
        return await asyncio.wait_for(self.loaded.get(), 5)

    async def last(self, wanted):
        """The first generation of which `wanted` is true; those before it may have been taken."""
        while not wanted(loaded := await self.next()):
            pass
        return loaded

    async def next_problems(self):
        return [str(one) for one in await asyncio.wait_for(self.problems.get(), 5)]


def every(seconds):
    return ENDPOINT.replace("interval_seconds: 60", f"interval_seconds: {seconds}")


def interval(loaded):
    return loaded.effective.find("quote").endpoint.interval_seconds


def in_place(file, text):
    file.write_text(text)


def renamed(file, text):
    beside = file.with_name("new.tmp")
    beside.write_text(text)
    beside.replace(file)


def backed_up(file, text):
    # As vim does with backups: the old is moved away, a new one is written.
    file.rename(file.with_name(file.name + "~"))
    file.write_text(text)


def removed_and_written(file, text):
    file.unlink()
    file.write_text(text)


def copied(file, text):
    beside = file.with_name("copy.tmp")
    beside.write_text(text)
    shutil.copy2(beside, file)


@pytest.mark.parametrize("write", [in_place, renamed, backed_up, removed_and_written, copied])
def test_any_way_of_writing_is_seen_by_its_events(project, write):
    file = project.base(every(60))

    async def main():
        async with Following(project.loader(), PROMPT) as following:
            for seconds in (61, 62):
                write(file, every(seconds))
                assert interval(await following.next()) == seconds
            assert following.watcher.current.generation == 3
            assert following.problems.empty()

    asyncio.run(main())


def version(folder, name, text):
    (folder / name).mkdir()
    (folder / name / "data_sources.yaml").write_text(text)


def test_a_swapped_link_is_seen_as_kubernetes_swaps_it(project):
    version(project.folder, "..one", every(60))
    version(project.folder, "..two", every(61))
    (project.folder / "..data").symlink_to("..one")
    (project.folder / "data_sources.yaml").symlink_to("..data/data_sources.yaml")

    async def main():
        async with Following(project.loader(), PROMPT) as following:
            (project.folder / "..next").symlink_to("..two")
            (project.folder / "..next").replace(project.folder / "..data")
            assert interval(await following.next()) == 61

    asyncio.run(main())


@pytest.mark.parametrize("within", [True, False], ids=["within", "elsewhere"])
def test_an_edit_while_it_listens_anew_is_not_missed(project, tmp_path, within):
    """Each swap to elsewhere makes it listen at another folder; the next one came in between."""
    rounds = 25
    versions = project.folder if within else tmp_path / "versions"
    versions.mkdir(exist_ok=True)
    for turn in range(rounds + 1):
        version(versions, f"..v{turn}", every(60 + turn))
    link, file = project.folder / "..data", project.folder / "data_sources.yaml"
    link.symlink_to(versions / "..v0")
    file.symlink_to("..data/data_sources.yaml")

    def swap(turn):
        beside = project.folder / "..next"
        beside.symlink_to(versions / f"..v{turn}")
        beside.rename(link)

    async def main():
        loop = asyncio.get_running_loop()
        async with Following(project.loader(), PROMPT) as following:
            swap(1)
            for turn in range(1, rounds):
                assert interval(await following.next()) == 60 + turn
                loop.call_later(turn % 10 * 0.0015, swap, turn + 1)

    asyncio.run(main())


def test_a_write_to_what_a_link_stands_for_is_seen(project, tmp_path):
    real = tmp_path / "elsewhere" / "real.yaml"
    real.parent.mkdir()
    real.write_text(every(60))
    (project.folder / "data_sources.yaml").symlink_to(real)

    async def main():
        async with Following(project.loader(), PROMPT) as following:
            real.write_text(every(61))
            assert interval(await following.next()) == 61

    asyncio.run(main())


def test_the_folder_itself_may_be_swapped_and_is_followed(project, tmp_path):
    project.base(every(60))
    other = tmp_path / "other"
    shutil.copytree(project.folder, other)
    (other / "data_sources.yaml").write_text(every(61))
    home = tmp_path / "home"
    home.mkdir()
    (home / "config").symlink_to(project.folder)
    project.folder = home / "config"

    async def main():
        async with Following(project.loader(), PROMPT) as following:
            (home / "next").symlink_to(other)
            (home / "next").replace(home / "config")
            assert interval(await following.next()) == 61
            await asyncio.sleep(0.2)
            (other / "data_sources.yaml").write_text(every(62))
            assert interval(await following.next()) == 62

    asyncio.run(main())


def test_a_file_written_in_pieces_is_read_once_it_is_whole(project):
    file = project.base(every(60))
    text = every(61) + ENDPOINT.split("endpoints:\n")[1].replace("quote", "more")

    async def main():
        async with Following(project.loader(), PROMPT) as following:
            with file.open("w") as pieces:
                for at in range(0, len(text), 60):
                    pieces.write(text[at : at + 60])
                    pieces.flush()
                    await asyncio.sleep(0.07)  # longer than the quiet that ends an edit
            loaded = await following.next()
            assert loaded.effective.find("more") is not None
            assert following.loaded.empty()
            assert following.problems.empty()
            assert loaded.generation == 2

    asyncio.run(main())


def test_half_of_a_save_that_closely_followed_another_was_taken(project):
    """What was told of the first was held against what the second had left by then."""
    file = project.base(every(60))
    text = every(62) + ENDPOINT.split("endpoints:\n")[1].replace("quote", "more")

    async def main():
        async with Following(project.loader(), PROMPT) as following:
            # Without a pause, so that all events come after both saves began.
            file.write_text(every(61))
            with file.open("w") as second:
                second.write(text[: len(text) // 2])
                second.flush()
                await asyncio.sleep(0.35)
                assert following.loaded.empty()
                assert following.problems.empty()
                second.write(text[len(text) // 2 :])
            loaded = await following.next()
            assert interval(loaded) == 62
            assert loaded.effective.find("more") is not None

    asyncio.run(main())


class Overtaken:
    """A loader, and someone who begins to save while it reads."""

    def __init__(self, loader, begin):
        self.location, self.modules, self.watched = loader.location, loader.modules, loader.watched
        self.loads = 0
        self._loader, self._begin = loader, begin

    def load(self, seen=None):
        self.loads += 1
        if self.loads == 2:  # the first is that of the start
            self._begin()
            time.sleep(0.1)  # until the event was told
        return self._loader.load(seen)


def test_half_of_a_save_that_began_while_files_were_read_was_taken(project):
    file = project.base(every(60))
    text = every(62) + ENDPOINT.split("endpoints:\n")[1].replace("quote", "more")
    saving = []

    def begin():
        saving.append(file.open("w"))
        saving[0].write(text[: len(every(62))])  # a config, and not all of it
        saving[0].flush()

    async def main():
        async with Following(Overtaken(project.loader(), begin), PROMPT) as following:
            file.write_text(every(61))
            await asyncio.sleep(0.4)
            assert following.loaded.empty()
            saving[0].write(text[len(every(62)) :])
            saving[0].close()
            assert (await following.next()).effective.find("more") is not None
            assert following.loaded.empty()

    asyncio.run(main())


def test_a_bad_edit_is_reported_and_the_last_good_goes_on(project):
    file = project.base(every(60))

    async def main():
        async with Following(project.loader(), QUICK) as following:
            good = following.watcher.current
            file.write_text(every(60).replace("path:", "pathh:"))
            assert await following.next_problems() == [
                "data_sources.yaml:6:9: unknown field 'pathh'; did you mean 'path'?"
            ]
            assert following.watcher.current is good
            assert len(following.watcher.problems) == 1
            file.write_text("data_sources: [\n")
            assert "broken YAML" in (await following.next_problems())[0]
            file.write_text(every(61))
            assert interval(await following.next()) == 61
            assert following.watcher.problems == ()

    asyncio.run(main())


def test_a_file_that_is_gone_changes_nothing_until_it_is_back(project):
    file = project.base(every(60))

    async def main():
        async with Following(project.loader(), QUICK) as following:
            file.unlink()
            assert "cannot be read" in (await following.next_problems())[0]
            file.write_text(every(61))
            assert interval(await following.next()) == 61

    asyncio.run(main())


def test_an_overlay_that_was_gone_for_a_moment_left_its_environment_without_its_limits(project):
    project.base(every(60))
    overlay = project.write("env/dev.yaml", "store: {pool_size: 9}\n")

    async def main():
        async with Following(project.loader(), QUICK) as following:
            overlay.unlink()
            assert "env/dev.yaml: cannot be read" in (await following.next_problems())[0]
            assert following.watcher.current.root.store.pool_size == 9
            overlay.write_text("environment: dev\n")
            assert (await following.next()).root.store.pool_size == 50

    asyncio.run(main())


def test_touching_a_file_or_writing_the_same_reloads_nothing(project):
    file = project.base(every(60))
    other = project.write("notes.txt", "mine")

    async def main():
        async with Following(project.loader(), QUICK) as following:
            file.touch()
            file.write_text(every(60))
            other.write_text("still mine")
            await asyncio.sleep(0.8)
            assert following.loaded.empty()
            assert following.problems.empty()

    asyncio.run(main())


def test_overlays_dotenv_contracts_and_transforms_are_followed(project):
    contract = "        contract: contracts/x.json\n        transform: double\n"
    project.base(every(60) + contract)
    project.write("contracts/x.json", "{}")
    project.write("env/dev.yaml", "environment: dev\n")
    code = "def transform(payload, config, state):\n    return payload * {n}, state\n"
    project.write("../transforms/double.py", code.format(n=2))

    async def main():
        loader = project.loader(transforms=True)
        async with Following(loader, PROMPT) as following:
            first = following.watcher.current
            assert first.modules.functions["double"](3, {}, None) == (6, None)
            project.write("../transforms/double.py", code.format(n=20))
            assert (await following.next()).modules.functions["double"](3, {}, None) == (60, None)
            project.write("contracts/x.json", '{"type": "object"}')
            assert (await following.next()).contracts != first.contracts
            project.write("env/dev.yaml", "store: {pool_size: 9}\n")
            assert (await following.next()).root.store.pool_size == 9
            project.write("../.env", "SOME_TOKEN=abc123\n")
            assert (await following.next()).secrets.get("SOME_TOKEN") == "abc123"

    asyncio.run(main())


def test_a_transform_that_breaks_stays_what_it_was_and_stops_nothing_else(project):
    file = project.base(every(60) + "        transform: double\n")
    project.write(
        "../transforms/double.py", "def transform(payload, config, state):\n    return 2, state\n"
    )

    async def main():
        loader = project.loader(transforms=True)
        async with Following(loader, PROMPT) as following:
            project.write("../transforms/double.py", "def transform(payload, config:\n")
            loaded = await following.next()
            assert loaded.modules.functions["double"](1, {}, None) == (2, None)
            (said,) = loaded.problems
            assert str(said).startswith("transforms/double.py:1:")
            assert following.watcher.problems == loaded.problems
            assert following.problems.empty(), "the generation is in use: nothing was refused"
            file.write_text(every(61) + "        transform: double\n")
            assert interval(await following.next()) == 61

    asyncio.run(main())


@pytest.mark.parametrize("name", ["../transforms/double.py", "contracts/x.json", "../.env"])
def test_a_fifo_in_place_of_a_transform_ended_hot_reload(project, name):
    """And of a contract, and of `.env`: it was waited for without end."""
    more = "        contract: contracts/x.json\n        transform: double\n"
    file = project.base(every(60) + more)
    project.write("contracts/x.json", "{}")
    project.write("../.env", "SOME_TOKEN=abc123\n")
    project.write(
        "../transforms/double.py", "def transform(payload, config, state):\n    return 2, state\n"
    )

    async def main():
        async with Following(project.loader(transforms=True), PROMPT) as following:
            (project.folder / name).unlink()
            os.mkfifo(project.folder / "pipe")
            (project.folder / "pipe").rename(project.folder / name)
            await asyncio.sleep(0.3)
            (project.folder / name).unlink()
            project.write(name, "{}" if name.endswith("json") else "")
            file.write_text(every(61))
            await following.last(lambda one: interval(one) == 61)

    asyncio.run(main())


def test_what_events_miss_is_seen_by_looking(project, tmp_path):
    file = project.base(every(60))

    async def main():
        async with Following(project.loader(), QUICK) as following:
            # No event comes from a folder that was swapped above the one that is watched.
            old = tmp_path / "old"
            project.home.joinpath("config").rename(old)
            shutil.copytree(old, project.folder)
            file.write_text(every(61))
            assert interval(await following.next()) == 61

    asyncio.run(main())


def test_an_edit_between_load_and_watch_is_not_lost(project):
    file = project.base(every(60))

    async def main():
        loader = project.loader()
        following = Following(loader, QUICK)
        file.write_text(every(61))
        async with following:
            assert interval(await following.next()) == 61

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "../transforms/double.py",
            "def transform(payload, config, state):\n    return 20, state\n",
        ),
        ("contracts/x.json", '{"type": "object"}'),
        ("../.env", "SOME_TOKEN=abc123\n"),
    ],
)
def test_an_edit_of_a_transform_while_the_system_started_was_lost(project, name, text):
    """And of a contract, and of `.env`: only YAML was compared with what was loaded."""
    project.base(every(60) + "        contract: contracts/x.json\n        transform: double\n")
    project.write("contracts/x.json", "{}")
    project.write(
        "../transforms/double.py", "def transform(payload, config, state):\n    return 2, state\n"
    )

    async def main():
        following = Following(project.loader(transforms=True), PROMPT)
        first = following.watcher.current
        project.write(name, text)
        async with following:
            second = await following.next()
            assert second.seen != first.seen
            assert following.loaded.empty()

    asyncio.run(main())


def test_nothing_edited_while_the_system_started_reloads_nothing(project):
    project.base(every(60))

    async def main():
        async with Following(project.loader(), QUICK) as following:
            await asyncio.sleep(0.5)
            assert following.loaded.empty()

    asyncio.run(main())


def test_what_the_system_refuses_is_a_problem_like_any_other(project):
    file = project.base(every(60))

    def refuse(_):
        raise ConfigError([Problem("data_sources.yaml", 1, 1, "cannot be built")])

    async def main():
        async with Following(project.loader(), QUICK, refuse) as following:
            good = following.watcher.current
            file.write_text(every(61))
            assert await following.next_problems() == ["data_sources.yaml:1:1: cannot be built"]
            assert following.watcher.current is good

    asyncio.run(main())


class Surprising:
    """A loader that raises what nobody expects, as long as it is told to."""

    def __init__(self, loader):
        self.location, self.modules, self.watched = loader.location, loader.modules, loader.watched
        self.fails = False
        self._loader = loader

    def load(self, seen=None):
        if self.fails:
            raise ZeroDivisionError("of the loader's own")
        return self._loader.load(seen)


def test_an_exception_that_nobody_expects_in_a_reload_ended_the_run(project):
    file = project.base(every(60))

    async def main():
        loader = Surprising(project.loader())
        async with Following(loader, QUICK) as following:
            good = following.watcher.current
            loader.fails = True
            file.write_text(every(61))
            (said,) = await following.next_problems()
            assert "could not be taken up: ZeroDivisionError: of the loader's own" in said
            assert following.watcher.current is good
            file.write_text(every(62))
            await asyncio.sleep(1.0)
            assert following.problems.empty()  # the same again is told once, and counted
            assert following.watcher.surprises == 2
            loader.fails = False
            file.write_text(every(63))
            assert interval(await following.next()) == 63
            assert following.watcher.problems == ()

    asyncio.run(main())


def test_a_folder_that_may_not_be_looked_into_ended_the_run(project):
    file = project.base(every(60))

    async def main():
        async with Following(project.loader(), QUICK) as following:
            in_the_way = project.folder / "env" / "dev.yaml"
            in_the_way.parent.mkdir()
            in_the_way.symlink_to("x" * 300)  # as for a folder without its x bit, also for root
            file.write_text(every(61))
            assert await following.next_problems() == [
                "env/dev.yaml: cannot be read: File name too long"
            ]
            in_the_way.unlink()
            file.write_text(every(62))
            assert interval(await following.next()) == 62

    asyncio.run(main())


class Deaf:
    """Files of a folder that nothing can listen at."""

    def __init__(self, watched):
        self.files, self.stats, self.digest = watched.files, watched.stats, watched.digest
        self.concerns = watched.concerns

    def places(self):
        raise PermissionError(13, "Permission denied")


def test_each_reload_told_again_that_the_folder_cannot_be_watched(project):
    file = project.base(every(60))

    async def main():
        loader = Surprising(project.loader())
        loader.watched = Deaf(loader.watched)
        async with Following(loader, QUICK) as following:
            (said,) = await following.next_problems()
            assert "the config folder cannot be watched: Permission denied" in said
            for seconds in (61, 62):
                file.write_text(every(seconds))
                assert interval(await following.next()) == seconds
            assert following.problems.empty()

    asyncio.run(main())


def test_folders_within_folders_that_appeared_made_watchdog_warn(project, recwarn):
    """Here its warning is an error, after which it hears nothing more."""
    file = project.base(every(60))

    async def main():
        async with Following(project.loader(), PROMPT) as following:
            for number in range(1_200):  # watchdog has to look while they appear
                (project.folder / f"new{number // 20}" / f"a{number}" / "b").mkdir(parents=True)
            await asyncio.sleep(0.2)
            file.write_text(every(61))
            assert interval(await following.next()) == 61

    asyncio.run(main())
    assert not [one for one in recwarn if "Callback" in str(one.message)]


def test_a_storm_of_other_files_does_not_starve_an_edit(project):
    file = project.base(every(60))

    async def main():
        async with Following(project.loader(), QUICK) as following:
            file.write_text(every(61))
            stop = asyncio.Event()

            async def storm():
                turn = 0
                while not stop.is_set():
                    turn += 1
                    (project.folder / "noise.json").write_text(str(turn))
                    await asyncio.sleep(0.01)

            noise = asyncio.create_task(storm())
            assert interval(await following.next()) == 61
            stop.set()
            await noise

    asyncio.run(main())


def test_stopping_leaves_no_thread_and_logs_nothing(project, caplog):
    project.base(every(60))
    before = threading.active_count()

    async def main():
        async with Following(project.loader(), QUICK):
            assert threading.active_count() > before

    asyncio.run(main())
    assert threading.active_count() <= before
    assert [record.getMessage() for record in caplog.records] == []
