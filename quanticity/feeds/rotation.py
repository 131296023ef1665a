"""Which key a source uses after an edit: a new one may wait until the market is closed.

With `auth: {rotate: closed}` the key in use serves until the close of the regular session, unless
the vendor refuses it. Everywhere else, and for a source that had none, a new key serves at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from quanticity.clock import Calendar, Session, eastern
from quanticity.config.schema.source import Source
from quanticity.errors import FetchError, VendorRefused
from quanticity.feeds.credentials import Credentials, Secrets, of_source, read

if TYPE_CHECKING:
    from quanticity.feeds.vendor import Vendor

# A 403 may be about the plan or the address; one about the key says so, and so does a body of
# status 200 where the vendor has no other way.
_ABOUT_KEY = re.compile(r"api.?key|token|unauthori[sz]ed|authenticat|credential", re.IGNORECASE)
_SAYS_NO = re.compile(
    r"(api.?key|token)\b.{0,20}\b(invalid|expired|revoked|unknown|incorrect|missing)"
    r"|\b(invalid|expired|revoked|unknown|incorrect)\b.{0,10}(api.?key|token)",
    re.IGNORECASE,
)


def chosen(
    source: Source, secrets: Secrets, serving: Vendor | None, calendar: Calendar, now: float
) -> tuple[Credentials, float | None]:
    """What a source knows itself by at epoch second `now`, and until when a new key waits.

    `serving` is the source as it runs, None where it does not. KeyError as in `read`.
    """
    fresh = of_source(source, secrets)
    if serving is None or not _waits(source, fresh, serving):
        return fresh, None
    if calendar.session(now) is not Session.MARKET_HOURS:
        return fresh, None
    old = serving.credentials
    # What else of the environment stands in the source is in use at once, and no less secret.
    tokens = set(read(source.auth, secrets).secrets) - secrets.taken_in
    more = (one for one in fresh.secrets if one not in tokens and one not in old.secrets)
    return replace(old, secrets=(*old.secrets, *more)), calendar.next_change(now)


def refuses_key(error: FetchError) -> bool:
    """Whether an error says that the vendor does not take our key."""
    if not isinstance(error, VendorRefused):
        return False
    if error.status == 403:
        return _ABOUT_KEY.search(str(error)) is not None
    return error.status == 401 or (error.status == 200 and _SAYS_NO.search(str(error)) is not None)


def told(
    old: Mapping[str, Vendor],
    new: Mapping[str, Vendor],
    waited: Mapping[str, float],
    waiting: Mapping[str, float],
) -> Iterator[str]:
    """What a person is told of keys after a reload, a line each. No key is in any of them."""
    for name, vendor in new.items():
        before = old.get(name)
        if before is None or vendor.source.source.auth.rotate != "closed":
            continue
        if name in waiting:
            if name not in waited:
                yield f"{name}: {waits_until(waiting[name])}; the one in use serves until then"
        elif _same_key(before.credentials, vendor.credentials):
            if name in waited:
                yield f"{name}: no new key waits any more; the one in use stays"
        else:
            why = ": the vendor refused the one before" if before.key_refused else ""
            yield f"{name}: the new key is in use{why}"


def waits_until(until: float) -> str:
    """`a new key waits until 16:00 ET`."""
    return f"a new key waits until {eastern(until):%H:%M} ET"


def _waits(source: Source, fresh: Credentials, serving: Vendor) -> bool:
    old = serving.credentials
    if source.auth.rotate != "closed" or serving.key_refused or _same_key(old, fresh):
        return False
    # Where the key goes elsewhere than before, the one in use would not be found there.
    return old.headers.keys() == fresh.headers.keys() and [name for name, _ in old.query] == [
        name for name, _ in fresh.query
    ]


def _same_key(one: Credentials, other: Credentials) -> bool:
    return one.headers == other.headers and one.query == other.query
