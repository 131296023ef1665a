"""What plugins and transforms are made of: base classes, and the ports that edges are handed."""

from quanticity.component.base import Analytic, Component, NoParams, Strategy
from quanticity.component.edges import (
    Context,
    Delivered,
    Distributor,
    Http,
    HttpAnswer,
    Log,
    Message,
    Source,
)
from quanticity.component.inputs import Inputs
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
    "Distributor",
    "Every",
    "Http",
    "HttpAnswer",
    "Inputs",
    "Log",
    "Message",
    "NoParams",
    "OnChange",
    "Source",
    "State",
    "Strategy",
    "Transform",
    "TransformContext",
    "Trigger",
    "transform",
]
