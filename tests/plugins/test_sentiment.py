"""Sentiment: whose score counts, and what is no score."""

from __future__ import annotations

import pytest

from plugins.analytics.sentiment import Sentiment
from quanticity.testing import Harness, contract_suite

AAPL = {"symbol": "AAPL"}


def article(score="0.4", number: int = 0, **more):
    row = {
        "title": "Shares move",
        "url": f"https://example.org/{number}",
        "time_published": "20260105T140000",
        "authors": ["A. Reed"],
        "summary": "They do.",
        "source": "CNBC",
        "topics": [{"topic": "Earnings", "relevance_score": "0.5"}],
        "overall_sentiment_score": -0.9,
        "overall_sentiment_label": "Bearish",
        "ticker_sentiment": [
            {"ticker": "MSFT", "relevance_score": "1", "ticker_sentiment_score": "-1"},
            {
                "ticker": "AAPL",
                "relevance_score": "0.25",
                "ticker_sentiment_score": score,
                "ticker_sentiment_label": "Bullish",
            },
        ],
    }
    return row | more


def headline(word="positive", at="2026-01-05T13:00:00Z"):
    return {"headline": "x", "created_at": at, "sentiment": word, "tickers": ["AAPL"]}


def told(*rows, headlines=None, values=AAPL):
    harness = Harness(Sentiment, values=values)
    if rows:
        harness.give("scored", {"items": str(len(rows)), "feed": list(rows)})
    if headlines is not None:
        harness.give("labelled", {"data": headlines})
    harness.run()
    return harness.value("score"), harness.value("articles")


def test_the_mean_is_of_the_shares_own_score_and_not_of_the_articles():
    score, _ = told(article("0.4", 1), article("-0.1", 2))
    assert score["score"] == pytest.approx(0.15)
    assert score["class"] == "Bullish"
    assert score["classes"] == {
        "Very Bearish": 0,
        "Bearish": 0,
        "Neutral": 1,
        "Bullish": 0,
        "Very Bullish": 1,
    }
    assert score["reason"] is None


def test_relevance_weighs():
    much = article("-0.4", 2)
    much["ticker_sentiment"][1]["relevance_score"] = "0.75"
    score, _ = told(article("0.4", 1), much)
    assert score["score"] == pytest.approx(0)
    assert score["weighted"] == pytest.approx(-0.2)


def test_articles_keep_all_that_is_asked_of_them():
    _, articles = told(article())
    (one,) = articles["articles"]
    assert one["title"] == "Shares move"
    assert one["authors"] == ["A. Reed"]
    assert one["topics"] == [{"topic": "Earnings", "relevance": 0.5}]
    assert one["overall"] == {"score": -0.9, "label": "Bearish"}
    assert one["share"] == {
        "score": 0.4,
        "label": "Bullish",
        "class": "Very Bullish",
        "relevance": 0.25,
    }
    assert one["published"] == 1_767_621_600


def test_a_word_of_another_vendor_passed_for_a_score():
    score, articles = told(headlines=[headline(), headline(), headline("negative")])
    assert score["score"] is score["class"] is None
    assert score["labels"]["counts"] == {"negative": 1, "positive": 2}
    assert score["reason"] == "no fresh articles with scores"
    assert articles["articles"] == []


def test_old_headlines_are_not_counted():
    score, _ = told(headlines=[headline(at="2026-01-01T13:00:00Z"), headline(None)])
    assert score["labels"]["n"] == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"time_published": "soon"}, "without a time, or of the future"),
        ({"time_published": "20260106T140000"}, "without a time, or of the future"),
        ({"time_published": "20260103T140000"}, "too old"),
        ({"ticker_sentiment": []}, "not about the share"),
        ({"ticker_sentiment": None}, "not about the share"),
        ({"ticker_sentiment": ["AAPL"]}, "not about the share"),
        (
            {"ticker_sentiment": [{"ticker": "AAPL", "ticker_sentiment_score": "x"}]},
            "without a score from -1 to 1",
        ),
        (
            {"ticker_sentiment": [{"ticker": "AAPL", "ticker_sentiment_score": "7"}]},
            "without a score from -1 to 1",
        ),
        ({"url": "https://example.org/0"}, "repeated"),
    ],
)
def test_what_is_left_out_is_counted(more, why):
    score, _ = told(article(), article(number=1, **({} if "url" in more else more)) | more)
    assert score["n"] == 1
    assert score["left_out"] == {why: 1}


def test_no_article_in_a_day_is_null_with_its_reason():
    score, _ = told(article(time_published="20260101T140000"))
    assert score["score"] is None
    assert score["reason"] == "no article on AAPL in 24 hours"


def test_an_index_that_no_article_carries_had_no_score():
    of_fund = {"ticker": "SPY", "relevance_score": "1", "ticker_sentiment_score": "0.3"}
    by_name = of_fund | {"ticker": "SPX", "ticker_sentiment_score": "-0.9"}
    row = article(ticker_sentiment=[by_name, of_fund])
    for symbol, about in (("SPX", "SPY"), ("SPY", "SPY")):
        harness = Harness(Sentiment, values={"symbol": symbol})
        harness.give("scored", {"items": "1", "feed": [row]})
        harness.run()
        score = harness.value("score")
        assert score["score"] == pytest.approx(0.3)
        assert (score["symbol"], score["about"]) == (symbol, about)
        assert ("the fund that tracks SPX" in score["convention"]) is (symbol == "SPX")
        assert harness.value("articles")["about"] == about


def test_one_article_has_no_deviation():
    assert told(article())[0]["deviation"] is None


def test_the_newest_come_first_and_not_all_of_them():
    rows = [article(number=at, time_published=f"20260105T14{at:02}00") for at in range(30)]
    _, articles = told(*rows)
    assert len(articles["articles"]) == 20
    assert articles["n"] == 30
    assert articles["articles"][0]["url"] == "https://example.org/29"


def test_it_keeps_the_contract():
    given_ = {"scored": {"items": "1", "feed": [article()]}, "labelled": {"data": [headline()]}}
    contract_suite(Sentiment, values=AAPL, given=given_)
