"""The jobs of a local SageMaker, found by when they were last modified.

A list of what changed costs what it returns, however many jobs there are: the index is sorted
by LastModifiedTime, and the pages of one list are cut from one sorted result.
"""

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping
from typing import Any

from tests.servers.aws_json import Refused

_MANY = 64
"""From so many new jobs on, sorting all of them is quicker than putting in each of them."""

_SORTED_BY = {"Name": "JobName", "Status": "Status"}

Key = tuple[Any, str]
"""What a list is sorted by, and the job's name where that is equal."""


class JobIndex:
    """Describe responses by name, as last put."""

    def __init__(self) -> None:
        self._jobs: dict[str, dict[str, Any]] = {}
        self._by_time: list[tuple[float, str]] = []
        self._unsorted: list[tuple[float, str]] = []
        self._listed: tuple[str, list[Key]] = ("", [])

    def __contains__(self, name: str) -> bool:
        return name in self._jobs

    def put(self, job: dict[str, Any]) -> None:
        """Put a job in, in the place of the one with its name."""
        name = job["JobName"]
        before = self._jobs.get(name)
        self._jobs[name] = job
        self._listed = ("", [])
        if before is not None:
            if _modified(before) == _modified(job):
                return
            self._sort()
            del self._by_time[bisect_left(self._by_time, (_modified(before), name))]
        self._unsorted.append((_modified(job), name))

    def get(self, name: str) -> dict[str, Any]:
        """The job of that name. Raises Refused."""
        if name not in self._jobs:
            raise Refused("ResourceNotFound", f"Job {name} was not found.")
        return self._jobs[name]

    def newest(self, count: int) -> list[dict[str, Any]]:
        """The jobs that were created last, the newest first."""
        ordered = sorted(self._jobs.values(), key=lambda job: job["CreationTime"], reverse=True)
        return ordered[:count]

    def page(
        self, request: Mapping[str, Any], size: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of a list, and the token of the next one.

        The token names the last job of the page: jobs that come and go between two pages make
        no other job come twice or not at all. Raises Refused.
        """
        keys = self._keys(request)
        token, descending = _key_of(request.get("NextToken")), _is_descending(request)
        if descending:
            end = bisect_left(keys, token) if token else len(keys)
            chosen, is_last = keys[max(end - size, 0) : end][::-1], end <= size
        else:
            start = bisect_right(keys, token) if token else 0
            chosen, is_last = keys[start : start + size], start + size >= len(keys)
        jobs = [self._jobs[name] for _, name in chosen]
        return jobs, None if is_last else json.dumps(chosen[-1])

    def _keys(self, request: Mapping[str, Any]) -> list[Key]:
        """The sorted keys of the jobs that a list is about, kept for its next page."""
        question = {
            name: value
            for name, value in request.items()
            if name not in ("NextToken", "MaxResults", "SortOrder")
        }
        asked = json.dumps(question, sort_keys=True)
        if self._listed[0] != asked:
            member = _SORTED_BY.get(request.get("SortBy", ""), "CreationTime")
            found = sorted(
                (job[member], job["JobName"])
                for job in self._between(request)
                if _is_listed(job, request)
            )
            self._listed = (asked, found)
        return self._listed[1]

    def _between(self, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        self._sort()
        after, before = request.get("LastModifiedTimeAfter"), request.get("LastModifiedTimeBefore")
        start = 0 if after is None else bisect_right(self._by_time, (after, "\U0010ffff"))
        end = len(self._by_time) if before is None else bisect_left(self._by_time, (before, ""))
        return (self._jobs[name] for _, name in self._by_time[start:end])

    def _sort(self) -> None:
        if len(self._unsorted) < _MANY:
            for key in self._unsorted:
                insort(self._by_time, key)
        else:
            self._by_time.extend(self._unsorted)
            self._by_time.sort()
        self._unsorted.clear()


def _modified(job: Mapping[str, Any]) -> float:
    # A test may put in an answer that is no job: it is never listed.
    return float(job.get("LastModifiedTime", 0))


def _is_descending(request: Mapping[str, Any]) -> bool:
    return request.get("SortOrder") == "Descending"


def _is_listed(job: Mapping[str, Any], request: Mapping[str, Any]) -> bool:
    config = job.get("InputConfig", {})
    package, model = "ModelPackageVersionArn", "ModelName"
    return (
        job["CreationTime"] > request.get("CreationTimeAfter", 0)
        and job["CreationTime"] < request.get("CreationTimeBefore", float("inf"))
        and request.get("NameContains", "") in job["JobName"]
        and request.get("StatusEquals", job["Status"]) == job["Status"]
        and request.get(f"{package}Equals", config.get(package)) == config.get(package)
        and request.get(f"{model}Equals", config.get(model)) == config.get(model)
    )


def _key_of(token: str | None) -> Key | None:
    if token is None:
        return None
    try:
        value, name = json.loads(token)
    except (TypeError, ValueError) as broken:
        raise Refused("ValidationException", "The pagination token is not valid.") from broken
    return value, name
