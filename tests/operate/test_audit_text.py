"""What verify says of items: all of it to a person, nothing private to a log."""

import pytest

from aggregates.contribution import Rejected, contribution_reader
from aggregates.item import name_item
from aggregates.outliers import Outlier
from operate.commands.verify import describe_audit
from reconcile.verify import Audit, Difference
from tests.aggregates.fundraiser_file import BOARD
from tests.stream_events import donation


def rejection() -> Rejected:
    with pytest.raises(Rejected) as raised:
        contribution_reader(BOARD)(donation("jane", donated_at="jane@example.org"))
    return raised.value


AUDIT = Audit(
    items=3,
    drift={},
    differences=[Difference("bob", "not there", "rejected")],
    sums={},
    outliers=(Outlier("unset", 0),),
    rejected={"jane": rejection()},
)


def test_an_operator_is_told_which_items_and_what_is_wrong_with_them() -> None:
    text = describe_audit(BOARD, AUDIT, "fix", names_items=True)
    assert "  dated 1970-01-01: unset\n" in text
    assert '  not counted: jane: donatedAt is "jane@example.org"; a time such as' in text
    assert "  bob: table: not there; counted: rejected\n" in text


def test_a_log_is_told_marks_and_no_values() -> None:
    text = describe_audit(BOARD, AUDIT, "fix", names_items=False)
    for private in ("unset", "jane", "bob"):
        assert private not in text
        assert name_item(private, is_listed=False) in text
    assert "donatedAt is not a time" in text
