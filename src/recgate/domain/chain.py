"""Which chain a record belongs to: there is one for each account and region.

What a job's own stream tells is chained with the account and region of the job; what recgate did
(effects, digests, configurations) with those of the deployment, its home.
"""

import re

LOCAL = "local"
"""The home of a ledger at a desk, and the chain of jobs that say no account."""

CHECKPOINTS = "checkpoint:"
"""How the name of the stream begins that holds the checkpoints of a chain."""

_REGION, _ACCOUNT = r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]", r"[0-9]{12}"
_JOB = re.compile(rf"job:arn:[a-z-]+:sagemaker:({_REGION}):({_ACCOUNT}):.", re.DOTALL)
_CHAIN = re.compile(rf"{LOCAL}|{_ACCOUNT}/{_REGION}")


def chain_of(stream: str, home: str) -> str:
    """The chain that the entries of a ledger stream are links of.

    ``home`` is that of the deployment: ``ACCOUNT/REGION``, or `LOCAL`.
    """
    if stream.startswith(CHECKPOINTS):
        return stream.removeprefix(CHECKPOINTS)
    found = _JOB.match(stream)
    return f"{found[2]}/{found[1]}" if found else home


def home_chain(account: str, region: str) -> str:
    """The chain of a deployment; `LOCAL` where its account is not known."""
    return f"{account}/{region}" if account and region else LOCAL


def is_chain(name: str) -> bool:
    """Whether a chain may have that name."""
    return _CHAIN.fullmatch(name) is not None


def checkpoint_stream(chain: str) -> str:
    """The ledger stream that holds the checkpoints of a chain."""
    return CHECKPOINTS + chain
