"""The only module that plugins and transforms import."""

from quanticity.component import (
    Analytic,
    Around,
    At,
    Component,
    Context,
    Delivered,
    Distributor,
    Every,
    HttpAnswer,
    Inputs,
    Message,
    OnChange,
    Source,
    State,
    Strategy,
    Transform,
    TransformContext,
    transform,
)
from quanticity.errors import DeliveryError, TransformError, TransportError
from quanticity.model import Envelope, Key, Kind, Priority
from quanticity.parse import OptionSymbol, day, moment, number, option_symbol, rows
from quanticity.spec import Spec, field
from quanticity.views import Value

__all__ = [
    "Analytic",
    "Around",
    "At",
    "Component",
    "Context",
    "Delivered",
    "DeliveryError",
    "Distributor",
    "Envelope",
    "Every",
    "HttpAnswer",
    "Inputs",
    "Key",
    "Kind",
    "Message",
    "OnChange",
    "OptionSymbol",
    "Priority",
    "Source",
    "Spec",
    "State",
    "Strategy",
    "Transform",
    "TransformContext",
    "TransformError",
    "TransportError",
    "Value",
    "day",
    "field",
    "moment",
    "number",
    "option_symbol",
    "rows",
    "transform",
]
