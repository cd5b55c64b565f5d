"""Whether a job is in one of the places that a deployment serves, and in which."""

from recgate.domain.notice import JobNotice
from recgate.domain.place import Place, Places
from recgate.ports import JobSourceRefused, JobState

_ARN_PARTS = 6


class NotServed(JobSourceRefused):
    """The job is in an account or a region that this deployment does not serve."""


def place_of_notice(notice: JobNotice, places: Places) -> Place:
    """The place that a notice tells of; what it does not say is at home. Raises NotServed."""
    place = Place(notice.account or places.home.account, notice.region or places.home.region)
    return _served(notice.job_name, place, places)


def place_of_state(state: JobState, places: Places) -> Place:
    """The place that the ARN of a described job names; home without one. Raises NotServed."""
    parts = (state.job_arn or "").split(":")
    if len(parts) < _ARN_PARTS:
        return places.home
    return _served(state.job_name, Place(account=parts[4], region=parts[3]), places)


def _served(job_name: str, place: Place, places: Places) -> Place:
    """Refuse what is not served: "not found" would be the wrong answer."""
    if place in places:
        return place
    accounts = (places.home.account, *places.members)
    if place.account not in accounts:
        raise NotServed(
            f"Job {job_name} is in account {place.account}, and this function serves "
            f"{_listed(accounts)}: add the account to MemberAccounts (and deploy member.yaml "
            "there), or mend the rule that sent the event here."
        )
    raise NotServed(
        f"Job {job_name} is in region {place.region}, and this function serves "
        f"{_listed((places.home.region, *places.regions))}: add the region to WatchRegions, or "
        "mend the rule that sent the event here."
    )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(dict.fromkeys(words))
