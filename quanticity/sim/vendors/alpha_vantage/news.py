"""NEWS_SENTIMENT: headlines with scores; times are UTC, and articles have no number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from quanticity.sim.market import World
from quanticity.sim.vendors.alpha_vantage.asked import Asked
from quanticity.sim.vendors.draw import Draw
from quanticity.sim.vendors.vendor import Answer, BadParameter

_SLOT = 1500
_DEFINITION = (
    "x <= -0.35: Bearish; -0.35 < x <= -0.15: Somewhat-Bearish; -0.15 < x < 0.15: Neutral; "
    "0.15 <= x < 0.35: Somewhat_Bullish; x >= 0.35: Bullish"
)
_RELEVANCE = "0 < x <= 1, with a higher score indicating higher relevance."
_TOPICS = {
    "technology": "Technology",
    "earnings": "Earnings",
    "financial_markets": "Financial Markets",
    "economy_monetary": "Economy - Monetary",
    "manufacturing": "Manufacturing",
}
_SOURCES = (("Benzinga", "www.benzinga.com"), ("CNBC", "www.cnbc.com"), ("Zacks", "www.zacks.com"))
_STORIES = (
    "{name} shares move as traders weigh demand",
    "Analysts revisit {name} before its next report",
    "What the options market expects of {name}",
    "{name} names a new head of operations",
    "Suppliers of {name} point to firmer orders",
)
_DEFAULT = ("AAPL", "MSFT", "NVDA")
_MOST = 1000
_TIME = "%Y%m%dT%H%M"


def news_sentiment(world: World, asked: Asked) -> dict[str, Any] | Answer:
    """Articles that carry every one of `tickers`, newest first unless sorted otherwise."""
    tickers = [t for t in asked.text("tickers", "").split(",") if t]
    topics = [topic for topic in asked.text("topics", "").split(",") if topic]
    order = asked.choice("sort", ("LATEST", "EARLIEST", "RELEVANCE"), "LATEST")
    limit = asked.number("limit", 50, _MOST)
    start, end = _moment(asked, "time_from"), _moment(asked, "time_to") or asked.now
    end = min(end, asked.now)
    start = start or end - 7 * 86_400
    unknown = any(world.find(t) is None for t in tickers) or not set(topics) <= set(_TOPICS)
    if unknown or start > end:
        said = (
            "Invalid inputs. Please refer to the API documentation "
            "https://www.alphavantage.co/documentation#newsapi and try again."
        )
        return Answer.json({"Information": said})
    draw = Draw(world.seed)
    slots = range(int(end // _SLOT), int(start // _SLOT) - 1, -1)
    found: list[tuple[float, dict[str, Any]]] = []
    for slot in slots:
        if len(found) >= limit and order == "LATEST":
            break
        article = _article(world, draw, slot, tickers or [draw.pick(_DEFAULT, "who", slot)])
        if article is not None and start <= article[0] <= end and _is_on(article[1], topics):
            found.append(article)
    if order == "EARLIEST":
        found.reverse()
    if order == "RELEVANCE":
        found.sort(key=lambda each: each[1]["ticker_sentiment"][0]["relevance_score"], reverse=True)
    feed = [article for _, article in found[:limit]]
    return {
        "items": str(len(feed)),
        "sentiment_score_definition": _DEFINITION,
        "relevance_score_definition": _RELEVANCE,
        "feed": feed,
    }


def _is_on(article: dict[str, Any], topics: list[str]) -> bool:
    carried = {each["topic"] for each in article["topics"]}
    return all(_TOPICS[topic] in carried for topic in topics)


def _moment(asked: Asked, name: str) -> float | None:
    given = asked.text(name, "")
    if not given:
        return None
    try:
        return datetime.strptime(given, _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise BadParameter(name, given, "not a time") from None


def _article(
    world: World, draw: Draw, slot: int, tickers: list[str]
) -> tuple[float, dict[str, Any]] | None:
    mark = (",".join(tickers), slot)
    if draw.chance(0.45, "silence", *mark):
        return None
    at = slot * _SLOT + draw.integer(0, _SLOT - 1, "second", *mark)
    instrument = world.find(tickers[0])
    assert instrument is not None  # noqa: S101 - checked by the caller
    name = instrument.name.title()
    title = draw.pick(_STORIES, "story", *mark).format(name=name)
    source, domain = draw.pick(_SOURCES, "source", *mark)
    score = round(max(-1.0, min(1.0, 0.25 * draw.normal("score", *mark) + 0.08)), 6)
    return at, {
        "title": title,
        "url": f"https://{domain}/news/{slot}/{title.lower().replace(' ', '-').replace(',', '')}",
        "time_published": f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%S}",
        "authors": [draw.pick(("A. Reed", "M. Soto", "J. Lind"), "author", *mark)],
        "summary": f"{title}. Figures in this story are simulated.",
        "banner_image": None if draw.chance(0.3, "image", *mark) else f"https://{domain}/i.jpg",
        "source": source,
        "category_within_source": "n/a",
        "source_domain": domain,
        "topics": [
            {
                "topic": draw.pick(tuple(_TOPICS.values()), "topic", *mark),
                "relevance_score": f"{draw.between(0.1, 1, 'topic relevance', *mark):.6f}",
            }
        ],
        "overall_sentiment_score": score,
        "overall_sentiment_label": _label(score),
        "ticker_sentiment": [
            {
                "ticker": ticker,
                "relevance_score": f"{draw.between(0.1, 1, 'relevance', ticker, *mark):.6f}",
                "ticker_sentiment_score": f"{score:.6f}",
                "ticker_sentiment_label": _label(score),
            }
            for ticker in tickers
        ],
    }


def _label(score: float) -> str:
    for most, label in ((-0.35, "Bearish"), (-0.15, "Somewhat-Bearish"), (0.15, "Neutral")):
        if score <= most:
            return label
    return "Somewhat-Bullish" if score < 0.35 else "Bullish"
