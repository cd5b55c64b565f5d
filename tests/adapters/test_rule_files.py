"""What is kept of the files that decide: digests of all, texts of some, and no secret."""

from hashlib import sha256
from pathlib import Path

import pytest

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.policy_files.rule_files import REVISION, packaged_revision, rule_source
from recgate.adapters.policy_files.source_text import MAX_BYTES
from recgate.domain.rules import RuleKind, Rules, RuleSource
from recgate.flows.configuration import RulesInvalid

ROOT = Path(__file__).parents[2]
GOOD = "version: 1\npolicy: prod\nrequire: {max_cost_per_hour_usd: 2.50}\n"
ROUTES = "version: 1\nroutes: {desk: {console: {}}}\n"
WAIVERS = "version: 1\nwaivers: []\n"


def folder_with(folder: Path, **contents: str | bytes) -> Path:
    """A folder of files; ``prod=…`` becomes prod.yaml."""
    folder.mkdir(exist_ok=True)
    for stem, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{stem}.yaml").write_bytes(data)
    return folder


def rules_of(folder: Path, **options: str) -> Rules:
    """The rules of a folder, in order or not."""
    try:
        loaded = PolicyFiles(folder, **options).load().rules  # type: ignore[arg-type]
    except RulesInvalid as refused:
        return refused.rules
    assert loaded is not None
    return loaded


def by_name(rules: Rules) -> dict[str, RuleSource]:
    return {source.file: source for source in rules.files}


def test_every_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    """As sha256sum gives it, of policies, waivers and routes, by name."""
    folder = folder_with(tmp_path / "p", prod=GOOD, routes=ROUTES, waivers=WAIVERS)
    (folder / "README.md").write_text("not read")

    loaded = PolicyFiles(folder).load()

    assert [(each.file, each.kind) for each in loaded.sources] == [
        ("prod.yaml", RuleKind.POLICY),
        ("routes.yaml", RuleKind.ROUTES),
        ("waivers.yaml", RuleKind.WAIVERS),
    ]
    assert [each.digest for each in loaded.sources] == [
        sha256((folder / each.file).read_bytes()).hexdigest() for each in loaded.sources
    ]


def test_policies_and_waivers_are_kept_to_the_letter_and_routes_are_not(tmp_path: Path) -> None:
    """Comments and line ends too: the text has the digest. Destinations are nobody's business."""
    windows = f"# why: ünïcode\r\n{GOOD}".replace("\n", "\r\n").encode()
    folder = folder_with(tmp_path / "p", prod=windows, routes=ROUTES, waivers=WAIVERS)

    kept = by_name(rules_of(folder))

    assert kept["prod.yaml"].text is not None
    assert kept["prod.yaml"].text.encode() == windows
    assert kept["waivers.yaml"].text == WAIVERS
    assert (kept["routes.yaml"].text, kept["routes.yaml"].left_out) == (
        None,
        "the destinations of routes are not kept",
    )


SECRETS = {
    "bot token": "xoxb-1234567890-abcdef",  # the shapes of secrets, none of them one
    "app token": "xapp-1-A0123-abcdef",
    "webhook": "https://hooks.slack.com/services/T0123456/B0123456/abc",
    "webhook's path": "T0123456/B0123456/abcdef",
    "access key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "session key": "ASIA" + "ABCDEFGHIJKLMNOP",
    "private key": "-----BEGIN EC PRIVATE KEY-----",
    "password in a URL": "https://dana:hunter2@wiki.example.com/",
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("stem", ["prod", "waivers"])
def test_a_text_that_may_hold_a_secret_is_left_out(tmp_path: Path, name: str, stem: str) -> None:
    """Also in a comment, and whether the folder is in order or not: only its digest is kept."""
    files = {"prod": GOOD, "waivers": WAIVERS}
    files[stem] = f"# {SECRETS[name]}\n{files[stem]}"

    rules = rules_of(folder_with(tmp_path / "p", **files))

    source = by_name(rules)[f"{stem}.yaml"]
    assert source.text is None
    assert source.left_out == "something in it looks like a secret"
    assert source.digest == sha256(files[stem].encode()).hexdigest()
    assert SECRETS[name] not in repr(rules)


@pytest.mark.parametrize(
    "harmless",
    ["https://wiki.example.com/limits?a=b", "dana@example.com", "CHG-4471", "T4/B2 at 14:30"],
)
def test_what_people_write_is_no_secret(harmless: str) -> None:
    """Addresses of pages and people, tickets."""
    content = f"# {harmless}\n{GOOD}".encode()

    assert rule_source("prod.yaml", RuleKind.POLICY, content).text == content.decode()


def test_what_cannot_be_read_is_named_all_the_same(tmp_path: Path) -> None:
    """Another encoding, too large, no file at all, a second routes.yaml: as far as it is known."""
    large = b"#" * (MAX_BYTES + 1)
    folder = folder_with(tmp_path / "p", prod=b"\xff\xfe", large=large, routes=ROUTES)
    (folder / "routes.yml").write_text(ROUTES)
    (folder / "folder.yaml").mkdir()
    (folder / "gone.yaml").symlink_to("nowhere")

    kept = by_name(rules_of(folder))

    assert kept == {
        "folder.yaml": RuleSource("folder.yaml", RuleKind.POLICY, "", None, UNREAD),
        "gone.yaml": RuleSource("gone.yaml", RuleKind.POLICY, "", None, UNREAD),
        "large.yaml": RuleSource("large.yaml", RuleKind.POLICY, "", None, UNREAD),
        "prod.yaml": RuleSource(
            "prod.yaml", RuleKind.POLICY, sha256(b"\xff\xfe").hexdigest(), None, "it is not UTF-8"
        ),
        "routes.yaml": RuleSource(
            "routes.yaml",
            RuleKind.ROUTES,
            sha256(ROUTES.encode()).hexdigest(),
            None,
            "the destinations of routes are not kept",
        ),
        "routes.yml": RuleSource("routes.yml", RuleKind.ROUTES, "", None, UNREAD),
    }


UNREAD = "it was not read whole"


def test_what_is_wrong_is_told_by_the_name_inside_the_folder(tmp_path: Path) -> None:
    """Nothing of this machine is in a record."""
    folder = folder_with(tmp_path / "p", prod="version: 1\npolicy: prod\n", waivers="version: 2\n")

    rules = rules_of(folder)

    assert [problem.split(": ")[0] for problem in rules.problems] == [
        "prod.yaml:1",
        "waivers.yaml:1",
        "waivers.yaml:1",
    ]
    assert str(tmp_path) not in repr(rules)
    assert str(tmp_path) not in repr(rules_of(tmp_path / "nowhere"))


def test_a_mistake_among_the_waivers_is_told_with_the_rules_that_hold(tmp_path: Path) -> None:
    """The policies count; the waiver does not."""
    rules = rules_of(folder_with(tmp_path / "p", prod=GOOD, waivers="version: 1\nwaivers: 5\n"))

    assert len(rules.problems) == 1
    assert rules.problems[0].startswith("waivers.yaml:2: waivers: ")


def test_the_revision_is_the_one_that_is_given_or_that_of_the_package(tmp_path: Path) -> None:
    """A checkout has none."""
    folder = folder_with(tmp_path / "p", prod=GOOD)

    assert rules_of(folder, revision="1f2e3d").revision == "1f2e3d"
    assert PolicyFiles(folder, revision="1f2e3d").load().revision == "1f2e3d"
    assert rules_of(folder).revision == packaged_revision() == ""
    assert ROOT / "src" / "recgate" / "revision.txt" == REVISION


@pytest.mark.parametrize(
    ("written", "revision"),
    [
        (b"a70f1422985930ce6cf5a3bd9859e0eeb9a0bcc1-dirty\n", None),
        (b"v1.2/x+y\n", None),
        (b"\n", ""),
        (b"", ""),
        (b"\xff<!here> $(x)\n", "herex"),
        (b"a" * 200, "a" * 100),
    ],
)
def test_a_packaged_revision_is_one_word(
    tmp_path: Path, written: bytes, revision: str | None
) -> None:
    """Whatever a build has put there."""
    path = tmp_path / "revision.txt"
    path.write_bytes(written)

    assert packaged_revision(path) == (written.decode().strip() if revision is None else revision)


def test_two_folders_that_mean_the_same_are_the_same_policies(tmp_path: Path) -> None:
    """A comment changes the file and no policy."""
    one = PolicyFiles(folder_with(tmp_path / "one", prod=GOOD)).load()
    other = PolicyFiles(folder_with(tmp_path / "other", prod=f"# so\n{GOOD}")).load()

    assert one == other
    assert one.sources != other.sources
