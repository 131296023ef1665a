"""What the news says of a share: a score from articles that carry one, labels from others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from quanticity.api import (
    Analytic,
    Inputs,
    Key,
    OnChange,
    Rows,
    Spec,
    Value,
    field,
    moment,
    number,
    quant,
)

Row = Mapping[str, Any]


class SentimentParams(Spec):
    """Which articles count."""

    hours: float = field(24.0, help="how old an article may be", unit="hours", gt=0, example=24)
    most: int = field(20, help="articles that are listed, the newest", ge=1, le=200)
    tracks: dict[str, str] = field(
        factory=lambda: {"SPX": "SPY", "NDX": "QQQ", "RUT": "IWM"},
        help="the fund whose scores stand for an index, which articles do not carry",
        example={"SPX": "SPY"},
    )


class Article(NamedTuple):
    """One article; `score` is the share's own and not the article's, `relevance` from 0 to 1."""

    at: float
    score: float
    relevance: float
    row: Row
    mine: Row


class Sentiment(Analytic):
    """Mean of the scores that Alpha Vantage gives the share in each article, and the articles.

    An article has a score for the whole and one for each share in it: the mean takes the share's.
    Unusual Whales' headlines carry a word (positive, negative, neutral) and no score: words are
    counted and never made into a number. The vendor's articles carry no index: the scores of the
    fund that tracks it stand for it, and `about` names whose they are.
    """

    name = "sentiment"
    Params = SentimentParams
    reads = {
        "scored": Key("raw:av:news:{symbol}", 1800, view=Value, optional=True),
        "labelled": Key("raw:uw:news:{symbol}", 1800, view=Rows, optional=True),
    }
    writes = {
        "score": Key("sentiment:{symbol}:score", ttl=1800),
        "articles": Key("sentiment:{symbol}:articles", ttl=1800),
    }
    trigger = OnChange("scored", "labelled", at_most_every=10.0)

    def compute(self, inputs: Inputs, state: Any, now: float) -> tuple[Mapping[str, Any], Any]:
        """The score with what it is made of, and the articles."""
        left_out = Counter[str]()
        feed = _feed(inputs.scored)
        articles = self._articles(feed, now, left_out)
        reason = self._reason(inputs.scored, len(articles))
        score = {
            "symbol": self.values["symbol"],
            "about": self._about,
            **_figures(articles),
            "n": len(articles),
            "hours": self.params.hours,
            "newest": articles[0].at if articles else None,
            "labels": self._labels(inputs.labelled, now),
            "left_out": dict(sorted(left_out.items())),
            "unit": "-1 (bearish) to 1 (bullish)",
            "convention": self._convention(),
            "method": "plain mean; weighted is by relevance",
            "reason": reason,
        }
        listed = {
            "symbol": self.values["symbol"],
            "about": self._about,
            "articles": [_told(one) for one in articles[: self.params.most]],
            "n": len(articles),
            "reason": reason,
        }
        return {"score": score, "articles": listed}, state

    @property
    def _about(self) -> str:
        """Whose scores are read: the symbol's own, or those of the fund that tracks the index."""
        symbol = self.values["symbol"]
        return str(self.params.tracks.get(symbol, symbol))

    def _convention(self) -> str:
        told = "the share's own score in each article, not the article's"
        symbol, about = self.values["symbol"], self._about
        return told if about == symbol else f"{told}; of {about}, the fund that tracks {symbol}"

    def _articles(self, feed: Sequence[Any], now: float, left_out: Counter[str]) -> list[Article]:
        """Those that count, newest first."""
        found: dict[str, Article] = {}
        for row in feed:
            read = self._read(row, now)
            if isinstance(read, str):
                left_out[read] += 1
            elif (url := str(read.row.get("url") or read.row.get("title"))) in found:
                left_out["repeated"] += 1
            else:
                found[url] = read
        return sorted(found.values(), key=lambda one: (-one.at, str(one.row.get("url"))))

    def _read(self, row: Any, now: float) -> Article | str:
        if not isinstance(row, Mapping):
            return "not an article"
        at = moment(row.get("time_published"))
        if at is None or at > now + 60:
            return "without a time, or of the future"
        if now - at > 3600 * self.params.hours:
            return "too old"
        for mine in _objects(row.get("ticker_sentiment")):
            if str(mine.get("ticker") or "").upper() == self._about:
                score = number(mine.get("ticker_sentiment_score"))
                if score is None or not -1 <= score <= 1:
                    return "without a score from -1 to 1"
                relevance = number(mine.get("relevance_score"))
                fits = relevance is not None and 0 <= relevance <= 1
                return Article(at, score, relevance if fits and relevance else 0.0, row, mine)
        return "not about the share"

    def _labels(self, rows: Rows | None, now: float) -> dict[str, Any]:
        told: dict[str, Any] = {"source": "Unusual Whales", "unit": "headlines"}
        if rows is None:
            return told | {"counts": None, "n": 0, "reason": "no fresh headlines"}
        counts = Counter[str]()
        for row in rows:
            at, word = moment(row.get("created_at")), row.get("sentiment")
            if at is not None and isinstance(word, str) and now - at <= 3600 * self.params.hours:
                counts[word.lower()] += 1
        return told | {"counts": dict(sorted(counts.items())), "n": counts.total(), "reason": None}

    def _reason(self, scored: Value | None, n: int) -> str | None:
        if scored is None:
            return "no fresh articles with scores"
        return None if n else f"no article on {self._about} in {self.params.hours:g} hours"


def _figures(articles: Sequence[Article]) -> dict[str, Any]:
    if not articles:
        return dict.fromkeys(("score", "class", "weighted", "deviation", "classes"))
    scores = np.array([one.score for one in articles])
    mean = float(scores.mean())
    counts = Counter(quant.sentiment.moods(scores))
    return {
        "score": mean,
        "class": quant.sentiment.moods(np.array([mean]))[0],
        "weighted": quant.sentiment.weighted(scores, np.array([one.relevance for one in articles])),
        "deviation": float(scores.std(ddof=1)) if len(scores) > 1 else None,
        "classes": {mood.value: counts[mood] for mood in quant.sentiment.Mood},
    }


def _told(one: Article) -> dict[str, Any]:
    row = one.row
    return {
        "title": row.get("title"),
        "url": row.get("url"),
        "summary": row.get("summary"),
        "authors": row.get("authors"),
        "source": row.get("source"),
        "published": one.at,
        "topics": [
            {"topic": topic.get("topic"), "relevance": number(topic.get("relevance_score"))}
            for topic in _objects(row.get("topics"))
        ],
        "overall": {
            "score": number(row.get("overall_sentiment_score")),
            "label": row.get("overall_sentiment_label"),
        },
        "share": {
            "score": one.score,
            "label": one.mine.get("ticker_sentiment_label"),
            "class": quant.sentiment.moods(np.array([one.score]))[0],
            "relevance": one.relevance,
        },
    }


def _feed(scored: Value | None) -> Sequence[Any]:
    feed = scored.data.get("feed") if scored and isinstance(scored.data, Mapping) else None
    return feed if isinstance(feed, Sequence) and not isinstance(feed, str) else ()


def _objects(given: Any) -> Iterator[Row]:
    if isinstance(given, Sequence) and not isinstance(given, str):
        yield from (one for one in given if isinstance(one, Mapping))
