"""What the facts about evidence mean to the doctor, and the command that mends each."""

from datetime import UTC, date, datetime, timedelta

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.chain import LOCAL, checkpoint_stream
from recgate.domain.checkup import Health
from recgate.domain.link import Head, sha256
from recgate.flows.checkup import evidence
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Archive, SealedChain, SigningKey
from recgate.ports import Entry
from tests.deploy.template import properties

OK, WARNING, FAILED = Health.OK, Health.WARNING, Health.FAILED
DESK = Desk("recgate", "eu-west-1", "ml")
WHERE = "--region eu-west-1 --profile ml"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = NOW.date()
LOG = "/aws/lambda/recgate-seal"


@pytest.mark.parametrize(
    ("key", "health", "remedy"),
    [
        (SigningKey(KEY, "ECC_NIST_P256", "SIGN_VERIFY", "Enabled"), OK, ""),
        (
            SigningKey(KEY, "ECC_NIST_P256", "SIGN_VERIFY", "Disabled"),
            FAILED,
            f"aws kms enable-key --key-id {KEY} {WHERE}",
        ),
        (
            SigningKey(KEY, "ECC_NIST_P256", "SIGN_VERIFY", "PendingDeletion"),
            FAILED,
            f"aws kms cancel-key-deletion --key-id {KEY} {WHERE}; then aws kms enable-key",
        ),
        (SigningKey(KEY, "ECC_NIST_P256", "SIGN_VERIFY", ""), FAILED, "enable-key"),
        (SigningKey(KEY, "ECC_NIST_P384", "SIGN_VERIFY", "Enabled"), FAILED, "SigningKeyArn"),
        (
            SigningKey(KEY, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "Enabled"),
            FAILED,
            "ECC_NIST_P256 for SIGN_VERIFY",
        ),
    ],
)
def test_the_key_has_to_be_enabled_and_of_the_kind_that_signs(
    key: SigningKey, health: Health, remedy: str
) -> None:
    """Whatever else it is, no record is signed with it."""
    found = evidence.signing_key_result(key, DESK)

    assert found.health is health
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("archive", "wanted", "health"),
    [
        (Archive("b", "COMPLIANCE", 400), ("COMPLIANCE", 400), OK),
        (Archive("b", "GOVERNANCE", 400), ("GOVERNANCE", 400), OK),
        # Stricter than what was asked for loses nothing.
        (Archive("b", "COMPLIANCE", 401), ("GOVERNANCE", 400), OK),
        (Archive("b", "GOVERNANCE", 400), ("COMPLIANCE", 400), FAILED),
        (Archive("b", "COMPLIANCE", 399), ("COMPLIANCE", 400), FAILED),
        (Archive("b"), ("GOVERNANCE", 400), FAILED),
        (Archive("b"), ("", 0), FAILED),
    ],
)
def test_the_archive_has_to_lock_as_the_stack_says(
    archive: Archive, wanted: tuple[str, int], health: Health
) -> None:
    """A default retention that was taken off by hand is found, before the first record is lost."""
    found = evidence.archive_result(archive, *wanted, DESK)

    assert found.health is health
    assert (health is OK) == (not found.remedy)
    if wanted[0] and health is FAILED:
        assert f"Rule={{DefaultRetention={{Mode={wanted[0]},Days=400}}}}'" in found.remedy


def test_governance_is_said_to_be_for_trying_out() -> None:
    """Right as it is configured, and not what an auditor expects."""
    found = evidence.archive_result(Archive("b", "GOVERNANCE", 400), "GOVERNANCE", 400, DESK)

    assert found.health is OK
    assert "not for production" in found.finding


def chain(name: str = LOCAL, **changed: object) -> SealedChain:
    told: dict[str, object] = {"records": 5, "sealed": 5, "checkpoint": TODAY, **changed}
    return SealedChain(name, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chains", "health", "words"),
    [
        ([], OK, "nothing is recorded"),
        ([chain(), chain("other", records=2, sealed=2)], OK, "7 of 7 records"),
        (
            [chain(sealed=4, waiting_since=NOW - evidence.UNSEALED + timedelta(seconds=1))],
            OK,
            "4 of 5",
        ),
        ([chain(sealed=4, waiting_since=NOW - evidence.UNSEALED)], FAILED, "1 of 5 records are"),
        ([chain(sealed=4, waiting_since=None)], FAILED, "record 5 of 5 is not there"),
        ([chain(sealed=0, waiting_since=NOW - timedelta(days=9))], FAILED, "2026-11-13T09:00"),
    ],
)
def test_a_record_may_wait_for_its_seal_for_fifteen_minutes(
    chains: list[SealedChain], health: Health, words: str
) -> None:
    """One that is not there waits for ever."""
    (found,) = evidence.sealing_results(chains, NOW, DESK, log_group=LOG)

    assert found.health is health
    assert words in found.finding
    assert found.remedy == (f"aws logs tail {LOG} --since 15m {WHERE}" if health is FAILED else "")


def test_it_waits_as_long_as_the_alarm_does() -> None:
    """The doctor and the alarm agree."""
    assert evidence.UNSEALED.total_seconds() == properties("UnsealedAgeAlarm")["Threshold"]


@pytest.mark.parametrize(
    ("newest", "health"),
    [
        (TODAY, OK),
        (TODAY - timedelta(days=1), OK),
        (TODAY - timedelta(days=2), FAILED),
        (None, FAILED),
    ],
)
def test_the_end_of_every_chain_is_vouched_for_every_day(
    newest: date | None, health: Health
) -> None:
    """Else a cut off end would go unnoticed."""
    chains = [chain(), chain("other", checkpoint=newest)]

    found = evidence.checkpoint_results(chains, NOW, DESK, log_group=LOG)

    assert [each.health for each in found] == [health]
    assert found[0].about == ("other" if health is FAILED else "")


def test_a_chain_that_was_just_begun_may_have_no_checkpoint() -> None:
    """For as long as its first record may wait for its seal."""
    new = chain(sealed=0, waiting_since=NOW - timedelta(minutes=1), checkpoint=None)

    (found,) = evidence.checkpoint_results([new], NOW, DESK, log_group=LOG)

    assert found.health is WARNING


def test_the_chains_are_read_as_the_ledger_keeps_them() -> None:
    """Up to where they are sealed, since when the next one waits, and the newest checkpoint."""
    ledger = SqliteLedger(":memory:")
    try:
        for place, day in enumerate((20, 21)):
            entry = Entry("checkpoint", f"2026-11-{day}", NOW + timedelta(days=place), {})
            ledger.append(checkpoint_stream(LOCAL), place, entry)
        first = next(iter(ledger.links(LOCAL)))
        ledger.move_sealed(LOCAL, Head(1, sha256(first.document)))

        (found,) = evidence.sealed_chains(ledger, ledger)
    finally:
        ledger.close()

    assert (found.chain, found.records, found.sealed) == (LOCAL, 2, 1)
    assert found.waiting_since == NOW + timedelta(days=1)
    assert found.checkpoint == date(2026, 11, 21)
