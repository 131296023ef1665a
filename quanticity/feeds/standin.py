"""Vendors' addresses replaced by those of a stand-in; nothing else of the config changes."""

from __future__ import annotations

from collections.abc import Callable

from quanticity.config.effective import Effective, EffectiveEndpoint, EffectiveSource

AddressFor = Callable[[str, str], str]


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
        address = self._address_for(source.name, source.source.base_url)
        return EffectiveSource(
            source.name,
            source.source.model_copy(update={"base_url": address}),
            source.limits,
            source.off,
            {name: self._endpoint(each) for name, each in source.endpoints.items()},
        )

    def _endpoint(self, given: EffectiveEndpoint) -> EffectiveEndpoint:
        url = given.endpoint.url
        if url is None:
            return given
        return EffectiveEndpoint(
            given.source,
            given.name,
            given.endpoint.model_copy(update={"url": self._address_for(given.source, url)}),
            given.group,
            given.off,
            given.fingerprint,
            given.written,
        )
