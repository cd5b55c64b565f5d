"""`--output yaml`: what the AWS CLI v2 prints, for any answer."""

from collections.abc import Mapping

from recgate.rendering.aws_output.json_text import finite
from recgate.rendering.aws_output.visible import is_unseen


def yaml_text(value: object, *, ascii_only: bool = False) -> str:
    """The value as YAML, members in the order of the alphabet; empty for an empty answer.

    A text alone stands in quotes, and any value alone without the ``...`` that YAML ends it with.
    Text with characters that nobody can see is escaped, which YAML reads back as it was.
    """
    import yaml

    if value == {}:
        return ""
    value = value if isinstance(value, Mapping | list) else finite(value)
    if not isinstance(value, Mapping | list | str):
        # Not as JSON writes it: 1e-05, without a point, is text to a reader of YAML 1.1.
        return str(yaml.safe_dump(value)).removesuffix("...\n")
    dumped: str = yaml.dump(
        _encodable(value),
        Dumper=_dumper(),
        allow_unicode=not ascii_only and not _has_unseen(value),
        default_flow_style=False,
        # In quotes it needs no ``...``. JSON's own escapes would not do: YAML reads an escaped
        # pair of surrogates, which is how JSON writes an emoji, as two halves of a letter.
        default_style='"' if isinstance(value, str) else None,
        sort_keys=True,
    )
    return dumped


def _dumper() -> type:
    import yaml

    class Plain(yaml.SafeDumper):
        """Without anchors: what stands twice in an answer is written twice."""

        def ignore_aliases(self, data: object) -> bool:
            return True

    return Plain


def _has_unseen(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unseen(key) or _has_unseen(item) for key, item in value.items())
    if isinstance(value, list):
        return any(map(_has_unseen, value))
    return isinstance(value, str) and any(map(is_unseen, value))


def _encodable(value: object) -> object:
    """The value with half characters (lone surrogates), which YAML cannot say, replaced."""
    if isinstance(value, Mapping):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
