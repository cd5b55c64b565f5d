"""What both forms with blocks are made of: worked out once, fitted into several rooms."""

from collections.abc import Callable
from dataclasses import dataclass

from recgate.domain.decision import Decision
from recgate.domain.telling import Telling
from recgate.rendering.slack.parts import Block, Room
from recgate.rendering.slack.reasons import PolicyReasons
from recgate.rendering.story import Story
from recgate.rendering.words import Nearest


@dataclass(frozen=True, slots=True)
class Told:
    """A telling, its story, the reasons of each policy, and whom to call (may be empty)."""

    telling: Telling
    story: Story
    reasons: tuple[PolicyReasons, ...]
    mentioned: str

    @property
    def decision(self) -> Decision:
        """What was decided."""
        return self.telling.decision

    @property
    def nearest(self) -> Nearest | None:
        """The nearest configuration under the policy that decides, or the first that has one."""
        return next((each.nearest for each in self.reasons if each.nearest), None)


Build = Callable[[Told, Room], list[Block]]
"""Makes the blocks of a form, as much of them as there is room for."""
