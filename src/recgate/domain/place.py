"""Where a job lives: an account and a region, and the places that one recgate serves."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One account and one of its regions. ``account`` is 12 digits, empty where nobody said it."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account or 'own account'}/{self.region}"


@dataclass(frozen=True, slots=True)
class Places:
    """What one deployment serves: its home, further regions, and member accounts.

    A member account is reached in every one of the regions.
    """

    home: Place
    regions: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Place]:
        """Every place once, home first."""
        regions = dict.fromkeys((self.home.region, *self.regions))
        accounts = dict.fromkeys((self.home.account, *self.members))
        return (Place(account, region) for account in accounts for region in regions)

    def is_member(self, place: Place) -> bool:
        """Whether a role has to be assumed to ask there."""
        return place.account != self.home.account
