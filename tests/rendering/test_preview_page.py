"""The page of a preview: every message, whole, and nothing that could do anything."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus, Step
from recgate.domain.telling import Telling
from recgate.rendering.preview.page import Preview, preview_page
from recgate.rendering.preview.routes import Hearing
from recgate.rendering.slack.forms import forms_of
from recgate.rendering.sns.publish import publish_arguments_of
from tests.builders import decision, snapshot
from tests.rendering.decisions import HOSTILE, PROD, SMALL, decisions
from tests.rendering.page_check import checked

MENTIONS = ("<!subteam^S0123ABCD>",)
_TAGS = (
    "html head meta title style body header main nav section h1 h2 h3 p b i s code pre a div span "
    "figure figcaption table tr th td ul ol li details summary br hr "
    "svg g rect line path polyline polygon circle text tspan title desc"
)
OUR_TAGS = frozenset(_TAGS.split())


OUR_LINKS = ("#", "https://r.example/", "https://eu-west-1.console.aws.amazon")


def page_of(made: Decision, **changes: Any) -> str:
    return preview_page(
        Preview(Telling(made, report_url="https://r.example/x"), MENTIONS, **changes)
    )


@pytest.mark.parametrize("name", decisions())
def test_every_decision_has_a_page_that_is_whole(name: str) -> None:
    """Every element is closed, and nothing is fetched or run."""
    check = checked(page_of(decisions()[name]))

    assert check.unbalanced == []
    assert check.asks == []
    assert check.tags <= OUR_TAGS


@pytest.mark.parametrize("name", decisions())
def test_every_text_of_every_message_is_in_the_page(name: str) -> None:
    """What would be sent is what is seen: headers, cells, lists, buttons, mail, SMS, attributes."""
    made = decisions()[name]
    telling = Telling(made, report_url="https://r.example/x")
    publish = publish_arguments_of(telling)
    messages = json.loads(publish["Message"])

    text = checked(page_of(made)).text

    for form in forms_of(telling, mentions=MENTIONS):
        for said in _plain_texts(form.get("blocks", [])):
            assert said in text
    for said in (publish["Subject"], messages["sms"], messages["email"], messages["default"]):
        assert said in text
    for attribute in publish["MessageAttributes"].values():
        assert attribute["StringValue"] in text
    assert "Not drawn" not in text
    assert "Refused:" not in text


def _plain_texts(part: Any) -> list[str]:
    if isinstance(part, list | tuple):
        return [text for item in part for text in _plain_texts(item)]
    if not isinstance(part, dict):
        return []
    if part.get("type") in ("plain_text", "raw_text", "raw_number", "text"):
        return [part["text"]]
    return [text for item in part.values() for text in _plain_texts(item)]


def test_the_page_may_do_nothing_but_look_as_it_does() -> None:
    """Its policy names the digest of its own style sheet, and allows nothing else."""
    page = page_of(decisions()["fail"])

    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert "url(" not in style
    assert "@import" not in style


def test_every_look_of_the_message_is_there() -> None:
    """Light, dark and phone; the simpler forms; thread, progress, mail, SMS, programs."""
    page = page_of(
        decisions()["fail"], hearings=(Hearing("a", "SNS topic b", hears=True, why="c"),)
    )

    anchors = re.findall(r'<section id="([a-z-]+)"', page)
    expected = ["routes", "push", "slack", "degraded", "thread", "progress", "mail", "sms"]
    assert anchors[:8] == expected
    assert anchors[-2:] == ["programs", "text"]
    assert re.findall(r'<a href="#([a-z-]+)"', page) == anchors
    for caption in ("Light, 600 px", "Dark, 600 px", "Light, phone, 340 px", "Text only"):
        assert f"<figcaption>{caption}</figcaption>" in page


def test_the_page_says_how_much_of_each_limit_is_used() -> None:
    """Characters, blocks, bytes; of the SMS its 140."""
    made = decisions()["fail"]
    (full, *_), publish = forms_of(Telling(made)), publish_arguments_of(Telling(made))
    sms = json.loads(publish["Message"])["sms"]

    text = checked(preview_page(Preview(Telling(made)))).text

    assert f"blocks {len(full['blocks'])} of 50" in text
    assert f"characters {len(sms)} of 140" in text
    assert f"subject {len(publish['Subject'])} of 99" in text
    assert re.search(r"bytes of the whole publish [\d,]+ of 262,144", text)


def test_the_page_names_the_routes_and_why() -> None:
    """Also those that do not hear it; and why they are not known, if they are not."""
    heard = Hearing("slack-<ml>", "Slack channel C1", hears=True, why="policy a names it")
    silent = Hearing("sns", "SNS topic t", hears=False, why="no policy names it")

    text = checked(page_of(decisions()["pass"], hearings=(heard, silent))).text
    unknown = checked(page_of(decisions()["pass"], no_routes="routes.yaml:3: <bad>")).text

    assert "slack-<ml>hears itpolicy a names itSlack channel C1" in text
    assert "snsdoes not hear itno policy names itSNS topic t" in text
    assert "routes.yaml:3: <bad>" in unknown


NASTY = (
    "<script>alert(1)</script>",
    "</style><style>body{display:none}",
    "</title><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "<https://evil.example|see>",
    "\x000\x00",
    "```` `` `*_~",
    HOSTILE,
)
hostile = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=60),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map("".join),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=hostile, reason=hostile, tag=hostile, step=hostile)
def test_what_others_wrote_is_text_and_nothing_else(
    name: str, reason: str, tag: str, step: str
) -> None:
    """No element, no attribute, and no link but one that says where it leads, as Slack and mail
    clients make of every bare address.
    """
    made = snapshot(
        SMALL,
        status=JobStatus.FAILED,
        failure_reason=reason,
        tags={"env": tag},
        steps=(Step("FAILED", step, failure_reason=reason),),
    )
    judged = decision(replace(made, job_name=name, model_package_group=tag), PROD)

    check = checked(page_of(judged, no_routes=reason))

    assert check.unbalanced == []
    assert check.asks == []
    assert check.tags <= OUR_TAGS
    for address, words in check.links:
        assert address == words or address.startswith(OUR_LINKS)
