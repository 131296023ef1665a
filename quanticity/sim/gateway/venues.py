"""Letters that stand for exchanges in ticks 32, 33 and 84, as a client may have them explained."""

from __future__ import annotations

BBO_EXCHANGE = "9c0001"
_LETTERS = {
    "AMEX": "A",
    "CBOE": "B",
    "CHX": "M",
    "NYSENAT": "C",
    "FINRA": "D",
    "ISE": "I",
    "EDGEA": "J",
    "DRCTEDGE": "K",
    "LTSE": "L",
    "NYSE": "N",
    "ARCA": "P",
    "NASDAQ": "Q",
    "ISLAND": "T",
    "MEMX": "U",
    "IEX": "V",
    "PEARL": "H",
    "PSX": "X",
    "BYX": "Y",
    "BATS": "Z",
}


def letter(venue: str) -> str:
    """The letter of a venue; one without a letter stands for itself."""
    return _LETTERS.get(venue, venue)


def components() -> list[tuple[int, str, str]]:
    """What the letters mean: bit, exchange, letter."""
    return [(bit, venue, letter) for bit, (venue, letter) in enumerate(_LETTERS.items())]
