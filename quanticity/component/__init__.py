"""What plugins and transforms are made of: base classes, and the ports that edges are handed."""

from quanticity.component import trading
from quanticity.component.base import Analytic, Component, NoParams, Strategy
from quanticity.component.edges import (
    Context,
    Delivered,
    Distributor,
    Files,
    Http,
    HttpAnswer,
    Log,
    Message,
    Source,
)
from quanticity.component.inputs import Inputs
from quanticity.component.intent import (
    Direction,
    ExitPlan,
    Instrument,
    Intent,
    Passed,
    Reason,
)
from quanticity.component.transforms import (
    TRANSFORM_MARK,
    State,
    Transform,
    TransformContext,
    transform,
)
from quanticity.component.triggers import Around, At, Every, OnChange, Trigger

__all__ = [
    "TRANSFORM_MARK",
    "Analytic",
    "Around",
    "At",
    "Component",
    "Context",
    "Delivered",
    "Direction",
    "Distributor",
    "Every",
    "ExitPlan",
    "Files",
    "Http",
    "HttpAnswer",
    "Inputs",
    "Instrument",
    "Intent",
    "Log",
    "Message",
    "NoParams",
    "OnChange",
    "Passed",
    "Reason",
    "Source",
    "State",
    "Strategy",
    "Transform",
    "TransformContext",
    "Trigger",
    "trading",
    "transform",
]
