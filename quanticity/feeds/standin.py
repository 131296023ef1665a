"""Vendors' addresses replaced by those of a stand-in; nothing else of the config changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from quanticity.config.effective import Effective, EffectiveEndpoint, EffectiveSource
from quanticity.config.schema.source import on_this_machine

AddressFor = Callable[[str, str], str | None]
"""(source, URL) to the stand-in's URL; None where nothing stands in for that vendor."""


class StandIn(Protocol):
    """What answers in the vendors' place, where an environment has none."""

    async def start(self) -> str:
        """Begin to answer; returns where."""
        ...

    def rewrite(self, source: str, url: str) -> str | None:
        """Where a vendor's URL stands here; None where nobody stands in for it."""
        ...

    async def stop(self) -> None:
        """Stop, and leave nothing behind."""
        ...


class Rewriter:
    """Rewrites a config for a stand-in.

    The same source gives the same object again, so that a reload sees what did not change.
    """

    def __init__(self, address_for: AddressFor) -> None:
        self._address_for = address_for
        self._known: dict[int, tuple[EffectiveSource, EffectiveSource]] = {}

    def __call__(self, effective: Effective) -> Effective:
        """The same config, asking the stand-in."""
        made = {id(source): (source, self._source(source)) for source in effective.sources.values()}
        self._known = made
        return Effective({new.name: new for _, new in made.values()})

    def _source(self, source: EffectiveSource) -> EffectiveSource:
        known = self._known.get(id(source))
        if known is not None and known[0] is source:
            return known[1]
        address, off = self._address(source.name, source.source.base_url)
        endpoints = {name: self._endpoint(each, off) for name, each in source.endpoints.items()}
        runs = any(each.off is None for each in endpoints.values())
        return EffectiveSource(
            source.name,
            source.source.model_copy(update={"base_url": address}),
            source.limits,
            source.off or (None if runs else off),
            endpoints,
        )

    def _endpoint(self, given: EffectiveEndpoint, off: str | None) -> EffectiveEndpoint:
        url = given.endpoint.url
        if url is None:
            return given if off is None else replace(given, off=given.off or off)
        address, off = self._address(given.source, url)
        endpoint = given.endpoint.model_copy(update={"url": address})
        return replace(given, endpoint=endpoint, off=given.off or off)

    def _address(self, source: str, url: str) -> tuple[str, str | None]:
        """Where it stands here, and why it is off: a simulation asks nobody in the world."""
        found = self._address_for(source, url)
        if found is None and not on_this_machine(url):
            host = urlsplit(url).hostname or ""
            return url, f"nothing simulates {host}; see it with --env dev"
        return found or url, None


class Unsimulated:
    """What a stand-in turned off, told once: whole sources, and endpoints of their own address."""

    def __init__(self) -> None:
        self._told: list[str] = []

    def news(self, given: Effective, rewritten: Effective) -> list[str]:
        """What was not off the time before, in words."""
        off = list(_turned_off(given, rewritten))
        news = [said for said in off if said not in self._told]
        self._told = off
        return news


def _turned_off(given: Effective, rewritten: Effective) -> Iterator[str]:
    for name, source in rewritten.sources.items():
        before = given.sources[name]
        if source.off is not None:
            if before.off is None:
                yield f"{name} is off: {source.off}"
            continue
        for each in source.endpoints.values():
            if each.off is not None and before.endpoints[each.name].off is None:
                yield f"{each.id} is off: {each.off}"
