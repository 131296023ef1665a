"""What whoever sends a request tells of its slot."""

from __future__ import annotations

from typing import Protocol


class Slot(Protocol):
    """The right to send one request, now. Exactly one of the endings must be told."""

    def headers(self) -> None:
        """The response headers are here: the request reached the vendor before this moment.

        Also right when the request failed after it may have been sent and its time-out has
        passed. The place in flight stays taken until `done`.
        """
        ...

    def lost(self) -> None:
        """Sent, and the vendor hung up without an answer.

        The slot stays held for the grace and then for the windows.
        """
        ...

    def given_up(self) -> None:
        """Sent, and waited for no longer: it may still be on its way, or being answered.

        As `lost`; and its place in flight stays taken for the grace, whatever `done` says.
        """
        ...

    def done(self) -> None:
        """The body is read or given up: frees the place in flight."""
        ...

    def unsent(self) -> None:
        """Certainly never left this machine: the slot goes back as if never taken."""
        ...
