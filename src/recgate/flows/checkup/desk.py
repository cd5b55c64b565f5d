"""The commands that a remedy tells to paste, with the real names in them."""

from dataclasses import dataclass, replace
from shlex import quote


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody sits: the stack, region, profile and folder of policies that were named. ''
    where none was.
    """

    stack: str = ""
    region: str = ""
    profile: str = ""
    policies: str = ""

    def recgate(self, command: str) -> str:
        """A command of recgate's about the same stack."""
        stack = f" --stack {quote(self.stack)}" if self.stack else ""
        return f"recgate {command}{stack}{self._where()}"

    def elsewhere(self, command: str, region: str) -> str:
        """A command of recgate's about what is in another region, without the stack."""
        return replace(self, stack="", region=region).recgate(command)

    def aws(self, command: str) -> str:
        """A command of the AWS CLI in the same place; the caller quotes what stands in it."""
        return f"aws {command}{self._where()}"

    def again(self, part: str) -> str:
        """What brings a part of the stack back to what the template says."""
        return (
            f"deploy the template again (a change by hand it does not see: delete {part} first): "
            f"sam deploy --stack-name {quote(self.stack)} --region {quote(self.region)}"
        )

    def _where(self) -> str:
        region = f" --region {quote(self.region)}" if self.region else ""
        return region + (f" --profile {quote(self.profile)}" if self.profile else "")

    @property
    def folder(self) -> str:
        """The option that names the folder of policies, '' where nobody named one."""
        return f" --policies {quote(self.policies)}" if self.policies else ""

    @property
    def login(self) -> str:
        """What renews a sign-in that has ended."""
        return f"aws sso login{f' --profile {quote(self.profile)}' if self.profile else ''}"

    @property
    def policy(self) -> str:
        """What prints the policy that a person at this desk needs."""
        return self.recgate(f"iam --for desk --output json{self.folder}")
