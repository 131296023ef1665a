"""The registry of keys that everybody agrees on: one name for each, and what else it was called.

The design notes call a feed one thing and its key another (`call_put_ticks` and `ticks`). Here
each word is tied to one key pattern, so that people may use either, and code uses the pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from quanticity.model import bind, output_key, placeholders
from quanticity.spec import near


@dataclass(frozen=True, slots=True)
class WellKnown:
    """A key pattern, the feed that writes it (`source.endpoint`), and other words for it."""

    pattern: str
    feed: str
    says: str
    aliases: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All that a person may call it: the endpoint, the key's last word, the aliases."""
        endpoint = self.feed.rpartition(".")[2]
        last = [part for part in self.pattern.split(":") if not placeholders(part)][-1]
        return tuple(dict.fromkeys((endpoint, last, *self.aliases)))


def _uw(pattern: str, endpoint: str, says: str, *aliases: str, symbol: bool = True) -> WellKnown:
    whole = f"raw:uw:{pattern}:{{symbol}}" if symbol else f"raw:uw:{pattern}"
    return WellKnown(whole, f"unusual_whales.{endpoint}", says, aliases)


WELL_KNOWN: tuple[WellKnown, ...] = (
    _uw("spot_gex", "spot_gex", "gamma, charm and vanna exposure, minute by minute"),
    _uw("gex_strike", "gex_strike", "exposure by strike"),
    _uw("gex_matrix", "gex_matrix", "exposure by strike and expiry"),
    _uw("flow_intraday", "flow_intraday", "flow per strike today"),
    _uw("flow_alerts", "flow_alerts", "alerts on option flow", symbol=False),
    _uw("ticks", "call_put_ticks", "net call and put premium ticks", "net_prem_ticks"),
    _uw("greek_flow", "greek_flow", "flow of delta and vega"),
    _uw("chains", "option_chains", "option chain with Greeks", "option_chain"),
    _uw("offlit", "offlit", "volume on and off exchange by price", "off_lit"),
    _uw("darkpool", "darkpool", "dark-pool prints", "dark_pool", symbol=False),
    _uw("max_pain", "max_pain", "max pain by expiry"),
    _uw("iv_rank", "iv_rank", "implied-volatility rank"),
    _uw("skew", "risk_reversal_skew", "risk-reversal skew", "historical_skew"),
    _uw("iv_term", "iv_term", "term structure of implied volatility", "term_structure"),
    _uw("congress", "congress_trades", "trades of members of Congress", symbol=False),
    _uw("insiders", "insider_trades", "insider transactions", symbol=False),
    _uw("earnings", "earnings_history", "earnings of the past", "earnings_data"),
    _uw("earnings_afterhours", "earnings_afterhours", "earnings after the close", symbol=False),
    _uw("earnings_premarket", "earnings_premarket", "earnings before the open", symbol=False),
    _uw("news", "news", "headlines", "news_headlines"),
    WellKnown(
        "raw:av:options:{symbol}",
        "alpha_vantage.realtime_options",
        "option chain with Greeks",
        ("av_options",),
    ),
    WellKnown("raw:nasdaq:earnings", "nasdaq.earnings", "earnings calendar", ("nasdaq_earnings",)),
    WellKnown("raw:fmp:earnings", "fmp.earnings_calendar", "earnings calendar", ("fmp_earnings",)),
)


def by_word(word: str) -> tuple[WellKnown, ...]:
    """Those that are called so: by pattern, feed, endpoint, last word of the key, or alias."""
    return _words().get(word, ())


def keys_called(name: str) -> tuple[str, ...]:
    """The keys that a person means by `name`, which is not their name: none, one, or several.

    `call_put_ticks:SPY` is `raw:uw:ticks:SPY`, and so are `unusual_whales.call_put_ticks:SPY` and
    `raw:uw:call_put_ticks:SPY`; below `feed:` it is what a transform makes of that.
    """
    head, _, value = name.rpartition(":")
    found: dict[str, None] = {}
    for called, values in ((name, []), (head, [value])):
        prefix, _, word = called.rpartition(":")
        for known in by_word(word):
            made = prefix == "feed" or prefix.startswith("feed:")
            pattern = output_key(known.pattern) if made else known.pattern
            blanks = placeholders(pattern)
            if len(blanks) == len(values) and (not prefix or pattern.startswith(f"{prefix}:")):
                found[bind(pattern, dict(zip(blanks, values, strict=True)))] = None
    return tuple(key for key in found if key != name)


def near_word(word: str) -> str:
    """`did you mean 'x'?` for a word that means nothing here; '' where nothing is near."""
    return near(word, _words())


@cache
def _words() -> dict[str, tuple[WellKnown, ...]]:
    found: dict[str, tuple[WellKnown, ...]] = {}
    for word, known in _pairs():
        if known not in found.get(word, ()):
            found[word] = (*found.get(word, ()), known)
    return found


def _pairs() -> Iterator[tuple[str, WellKnown]]:
    for known in WELL_KNOWN:
        for word in (known.pattern, known.feed, *known.words):
            yield word, known
