"""A model as somebody asks for it: by name, by version, or by an ARN."""

import re
from dataclasses import dataclass

from recgate.domain.recorded_decision import RecordedDecision

_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):sagemaker:(?P<region>[^:]*):(?P<account>\d{12}):"
    r"(?P<kind>model-package-group|model-package|model)/(?P<name>[^/]+)"
    r"(?:/(?P<version>[0-9]{1,9}))?"
)
_VERSIONED = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9-]*)/(?P<version>[0-9]{1,9})")
_PLAIN = "model"


class NoModel(ValueError):
    """What was asked for is no model: an ARN of something else."""


@dataclass(frozen=True, slots=True)
class ModelWanted:
    """``name`` is that of the package group or of the plain model, by which decisions are found.

    ``version`` None: every version; ``account`` and ``region`` None: wherever it is. ``kind`` is
    that of an ARN (model-package, model-package-group or model), and ``partition`` its partition;
    both are None for a mere name, which may be that of a package group or of a plain model.
    """

    name: str
    version: int | None = None
    account: str | None = None
    region: str | None = None
    kind: str | None = None
    partition: str | None = None

    def __str__(self) -> str:
        """``fraud-ranker``, ``fraud-ranker version 14``, with the place if there is one."""
        version = "" if self.version is None else f" version {self.version}"
        return f"{self.name}{version}{f' in {self.region}' if self.region else ''}" + (
            f" of {self.account}" if self.account else ""
        )

    @property
    def words(self) -> str:
        """The model as `model_wanted` takes it."""
        version = "" if self.version is None else f"/{self.version}"
        if self.kind is None:
            return f"{self.name}{version}"
        place = f"arn:{self.partition}:sagemaker:{self.region}:{self.account}"
        return f"{place}:{self.kind}/{self.name}{version}"

    def is_about(self, made: RecordedDecision) -> bool:
        """Whether a decision is about this model, in whichever version."""
        if made.model != self.name:
            return False
        if self.kind is not None and (self.kind == _PLAIN) != (made.package_arn is None):
            return False
        # A package may be in another account than the job about it.
        package = _ARN.fullmatch(made.package_arn or "")
        account, region = package.group("account", "region") if package else _home(made)
        return self.account in (None, account) and self.region in (None, region)

    def is_exactly(self, made: RecordedDecision) -> bool:
        """Whether a decision is about this model in the version that is wanted."""
        return self.is_about(made) and self.version in (None, made.version)


def model_wanted(text: str) -> ModelWanted:
    """The model that a text names: ``GROUP``, ``GROUP/VERSION``, the ARN of a model package (with
    or without a version), of a group, or of a model. Raises NoModel.
    """
    found = _ARN.fullmatch(text)
    if found and (found["version"] is None or found["kind"] == "model-package"):
        version = found["version"]
        return ModelWanted(
            found["name"],
            int(version) if version else None,
            account=found["account"],
            region=found["region"],
            kind=found["kind"],
            partition=found["partition"],
        )
    if text.startswith("arn:") or not text.strip():
        raise NoModel(
            f"{text[:200]!r} is no model: name a package group or a model, GROUP/VERSION, or the "
            "ARN of a model package, of its group or of a model"
        )
    versioned = _VERSIONED.fullmatch(text)
    if versioned:
        return ModelWanted(versioned["name"], int(versioned["version"]))
    return ModelWanted(text)


def _home(made: RecordedDecision) -> tuple[str, str]:
    return made.account, made.region
