"""What no schema can see: names that must exist, keys that must differ, limits that must fit."""

from quanticity.config.lint.context import Checked, Known, Memo
from quanticity.config.lint.files import contract_hashes
from quanticity.config.lint.run import check

__all__ = ["Checked", "Known", "Memo", "check", "contract_hashes"]
