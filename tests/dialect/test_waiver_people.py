"""Who asked and who granted are two people, as far as a file can tell."""

import pytest

from recgate.dialect.waiver_mistakes import waiver_mistakes


def told(requested: str, approved: str) -> list[str]:
    entry = {"id": "W-1", "requested_by": requested, "approved_by": approved}
    return [mistake.message for mistake in waiver_mistakes({"waivers": [entry]}, limits=None)]


@pytest.mark.parametrize(
    "approver",
    [
        "Dana (dana@example.com)",
        "[dana@example.com]",
        "Dana|dana@example.com",
        "dana@example.com\U000e0100",
        "dana\u2800@example.com",
        "mailto:dana@example.com",
    ],
)
def test_one_address_is_one_person_however_it_is_dressed(approver: str) -> None:
    """Somebody else must approve."""
    assert told("dana@example.com", approver) == ["is who asked for it: somebody else must approve"]


@pytest.mark.parametrize("approver", ["\u2800", "\U000e0020", "\u200b"])
def test_what_nobody_sees_is_nobody(approver: str) -> None:
    """A name that cannot be read names nobody."""
    assert told("dana@example.com", approver) == ["names nobody"]


def test_two_addresses_are_two_people() -> None:
    """Also where the names before them are alike."""
    assert told("Dana <dana@example.com>", "Dana <dana@example.org>") == []
