"""A small deterministic market: one seed, one symbol, one moment, always the same answer."""

from quanticity.sim.market.auctions import Auctions, Cross, Imbalance
from quanticity.sim.market.books import Book, Books, Level, Quote
from quanticity.sim.market.changes import Change
from quanticity.sim.market.instruments import FOCUS, Instrument
from quanticity.sim.market.option_book import OptionBook, OptionQuote
from quanticity.sim.market.option_tape import OptionPrints, OptionTape
from quanticity.sim.market.options import Side, Slice, osi, osis
from quanticity.sim.market.prints import Bars, Prints
from quanticity.sim.market.scenario import Scenario, scenarios
from quanticity.sim.market.tape import Tape
from quanticity.sim.market.universe import UNIVERSE, Listed, front, future_months, listed
from quanticity.sim.market.venues import CONDITIONS, VENUES
from quanticity.sim.market.world import World

__all__ = [
    "CONDITIONS",
    "FOCUS",
    "UNIVERSE",
    "VENUES",
    "Auctions",
    "Bars",
    "Book",
    "Books",
    "Change",
    "Cross",
    "Imbalance",
    "Instrument",
    "Level",
    "Listed",
    "OptionBook",
    "OptionPrints",
    "OptionQuote",
    "OptionTape",
    "Prints",
    "Quote",
    "Scenario",
    "Side",
    "Slice",
    "Tape",
    "World",
    "front",
    "future_months",
    "listed",
    "osi",
    "osis",
    "scenarios",
]
