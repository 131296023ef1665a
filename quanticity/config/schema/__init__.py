"""Every field of the config, declared once."""

from quanticity.config.schema.endpoint import Endpoint
from quanticity.config.schema.limits import RateLimits, Window
from quanticity.config.schema.root import Root
from quanticity.config.schema.source import Auth, Source

__all__ = ["Auth", "Endpoint", "RateLimits", "Root", "Source", "Window"]
