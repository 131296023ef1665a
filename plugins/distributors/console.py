"""Tells the operator on the terminal, or wherever the log goes."""

from quanticity.api import Context, Delivered, Distributor, Key, Kind, Message, Spec, field


class ConsoleParams(Spec):
    """What is told."""

    least: str = field(
        "info",
        help="the least level that is told: info, warning or critical",
        pattern="^(info|warning|critical)$",
    )


_ORDER = {"info": 0, "warning": 1, "critical": 2}


class Console(Distributor):
    """One line a message."""

    name = "console"
    Params = ConsoleParams
    reads = {
        "alerts": Key("analytics:alerts", kind=Kind.EVENTS),
        "data": Key("monitors:data", kind=Kind.EVENTS),
        "signals": Key("signals:pending", kind=Kind.EVENTS),
    }
    limits = ((20, 1.0),)

    async def deliver(self, message: Message, context: Context) -> Delivered:
        """Say it, where it matters enough."""
        if _ORDER[message.level] < _ORDER[self.params.least]:
            return Delivered("left out")
        more = "".join(f", {name} {value}" for name, value in message.fields.items())
        repeat = " (perhaps told before)" if message.again else ""
        tell = context.log.info if message.level == "info" else context.log.warning
        tell("{}: {}{}{}", message.title, message.text, more, repeat)
        return Delivered(message.id)
