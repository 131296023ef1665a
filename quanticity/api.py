"""The only module that plugins and transforms import."""

from quanticity.component import State, Transform, TransformContext, transform
from quanticity.errors import TransformError
from quanticity.model import Envelope, Key, Kind, Priority
from quanticity.parse import OptionSymbol, day, moment, number, option_symbol, rows
from quanticity.spec import Spec, field

__all__ = [
    "Envelope",
    "Key",
    "Kind",
    "OptionSymbol",
    "Priority",
    "Spec",
    "State",
    "Transform",
    "TransformContext",
    "TransformError",
    "day",
    "field",
    "moment",
    "number",
    "option_symbol",
    "rows",
    "transform",
]
