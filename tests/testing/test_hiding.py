"""What the author of a plugin sees of a failure."""

from __future__ import annotations

import pytest

from quanticity.testing import Harness, contract_suite, harness
from tests.testing import bad


def shown(failure: pytest.ExceptionInfo[BaseException]) -> list[str]:
    """The functions that pytest prints."""
    return [entry.name for entry in failure.traceback.filter(failure)]


def test_a_broken_contract_printed_fifty_lines_of_the_suite() -> None:
    with pytest.raises(AssertionError) as failure:
        contract_suite(bad.Misspelt)
    assert len(failure.traceback) > 1
    assert shown(failure) == ["test_a_broken_contract_printed_fifty_lines_of_the_suite"]


def test_a_missing_output_printed_the_harness() -> None:
    with pytest.raises(AssertionError, match="does not write 'strange'") as failure:
        Harness(bad.HiddenClock, values={"symbol": "SPY"}).value("strange")
    assert shown(failure) == ["test_a_missing_output_printed_the_harness"]


def test_what_else_goes_wrong_in_our_lines_is_shown() -> None:
    with pytest.raises(AttributeError) as failure:
        harness.checked(None, {})  # type: ignore[arg-type]
    assert shown(failure) == ["test_what_else_goes_wrong_in_our_lines_is_shown", "checked"]
