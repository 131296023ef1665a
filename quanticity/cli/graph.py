"""`graph`: who writes what and who reads it, drawn."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from quanticity.cli.options import ConfigOption, EnvOption, resolve
from quanticity.cli.screen import echo, emit
from quanticity.config.loader import load
from quanticity.errors import ConfigError, Problem, Severity
from quanticity.runtime.drawing import as_mermaid, as_text
from quanticity.runtime.graph import Graph, with_all_feeds
from quanticity.runtime.svg import as_svg
from quanticity.runtime.whole import whole_of


class GraphFormat(StrEnum):
    """How the graph is drawn."""

    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: quanticity graph --format svg --out graph.svg")(graph)


def graph(
    env: EnvOption = None,
    config: ConfigOption = None,
    format: Annotated[
        GraphFormat,
        typer.Option("--format", help="text for a terminal, a picture, or json for programs."),
    ] = GraphFormat.TEXT,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the feeds that no component reads.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there.")
    ] = None,
) -> None:
    """Draw components and feeds: who reads what of whom.

    Exit status 1 when something cannot be joined; the rest is drawn all the same.
    """
    place = resolve(env, config, None)
    whole = whole_of(load(place.location.base, place.env))
    picture = whole.graph
    if everything:
        picture = with_all_feeds(picture, whole.loaded.effective)
    text = drawn(picture, format)
    if out is None and format is GraphFormat.TEXT:
        echo(text.split("\n"))
    elif out is None:
        emit(text)
    else:
        try:
            out.write_text(text + "\n", "utf-8")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ConfigError([Problem(str(out), 0, 0, f"cannot be written: {why}")]) from None
        emit(f"✓ {out}")
    bad = [one for one in whole.problems if one.severity is Severity.ERROR]
    for problem in bad:
        typer.echo(str(problem), err=True)
    if bad:
        raise typer.Exit(1)


def drawn(graph: Graph, format: GraphFormat) -> str:
    """The graph in a format."""
    if format is GraphFormat.JSON:
        nodes = [asdict(node) for node in graph.nodes]
        return orjson.dumps(
            {"nodes": nodes, "edges": [asdict(one) for one in graph.edges]}
        ).decode()
    lines = {GraphFormat.TEXT: as_text, GraphFormat.MERMAID: as_mermaid, GraphFormat.SVG: as_svg}
    return "\n".join(lines[format](graph))
