"""Each record beside what the archive holds for its place."""

from recgate.domain.verification import FlawKind
from recgate.flows.evidence.archived_look import Archived, Says, Testimony
from recgate.flows.evidence.flaw_list import FlawList
from recgate.flows.evidence.record_look import Look, SealState
from recgate.flows.evidence.recorded_changes import changes


class ArchiveCheck:
    """Tells what is wrong in the archive, and what the archive proves wrong in the ledger.

    ``whole`` counts the records that were found as they are in the ledger, under a signature
    that fits or that nobody could check; ``locked`` those whose archived version is locked.
    """

    def __init__(self, archive: str, ledger: str, locks: bool, flaws: FlawList) -> None:  # noqa: FBT001
        self._archive = archive
        self._ledger = ledger
        self._locks = locks
        self._flaws = flaws
        self.whole = self.locked = 0
        self._has_begun = False
        """Whether a record of the chain was archived, or is said to be."""

    def contradicts(self, look: Look) -> bool:
        """Whether the archive holds another record for this place, which is signed."""
        said = look.testimony
        return said is not None and said.says is Says.ANOTHER and bool(said.is_signed)

    def judge(self, look: Look) -> None:
        """Tell what is wrong about a record whose neighbours are settled."""
        archived, said = look.archived, look.testimony
        if archived is None:
            return
        self._judge_seal(look, archived, said)
        if said is None:
            self._judge_missing(look, archived)
        elif said.says is Says.SAME and said.is_signed is not False:
            self.whole += 1
        else:
            self._judge_testimony(look, said)
        self._judge_versions(look, archived)
        seal = look.stored.seal
        self._has_begun |= bool(archived.versions) or (seal is not None and bool(seal.archived_as))

    def _judge_seal(self, look: Look, archived: Archived, said: Testimony | None) -> None:
        """The seal in the ledger beside the archived envelope."""
        seal = look.stored.seal
        if seal is None or look.is_link_at_fault:
            return
        if seal.archived_as not in ("", look.object_name):
            return  # it is another record's, which is told of
        if not seal.archived_as and archived.versions:
            what = f"its seal says that it was not archived, and {look.object_name} is there"
            self._tell(look, FlawKind.EDITED, what, self._ledger, cause="seal nowhere")
        if said is None or said.says is not Says.SAME or said.envelope is None:
            return
        there = said.envelope.signature
        if there.value != seal.signature.value:
            if look.seal is SealState.INVALID or said.is_signed is False:
                return  # the one that is wrong is told of
            what = "its seal has another signature than the archived envelope"
            self._tell(look, FlawKind.EDITED, what, self._ledger, cause="other signature")
        elif there.value == seal.signature.value and there.key_id != seal.signature.key_id:
            what = (
                f"its seal names the key {seal.signature.key_id}, and the archived envelope "
                f"{there.key_id}"
            )
            self._tell(look, FlawKind.EDITED, what, self._ledger, cause="other key name")

    def _judge_missing(self, look: Look, archived: Archived) -> None:
        """The version that counts is not there."""
        seal = look.stored.seal
        if seal is None:
            if archived.versions:
                what = f"there is nothing but delete markers for {look.object_name}"
                self._tell(look, FlawKind.DELETED, what, self._archive, cause="only markers")
        elif not seal.archived_as and not archived.versions:
            # The archive may have been added later. Where there is Object Lock, everything is
            # archived from then on before its seal is kept.
            is_before = not self._locks or not self._has_begun
            kind = FlawKind.UNSEALED if is_before else FlawKind.DELETED
            what = (
                f"it is signed, and not archived: so its seal says, and {look.object_name} is "
                "not there"
            )
            self._tell(look, kind, what, self._archive, cause="not archived")
        elif archived.trouble:
            what = f"its envelope cannot be read: {archived.trouble}"
            self._tell(look, FlawKind.UNCHECKED, what, self._archive, cause="unreadable")
        elif archived.other is not None:
            what = (
                f"its seal names version {seal.version!r} of {look.object_name}, which is not "
                f"there; its envelope is version {archived.other!r}"
            )
            self._tell(look, FlawKind.EDITED, what, self._ledger, cause="other version")
        else:
            what = f"{look.object_name} is not there"
            if archived.versions:
                what = f"version {seal.version!r} of {what}; others of that name are"
            self._tell(look, FlawKind.DELETED, what, self._archive, cause="not there")

    def _judge_testimony(self, look: Look, said: Testimony) -> None:
        """What is there is not the record under a signature that fits."""
        name = look.object_name
        match said.says:
            case Says.NOTHING:
                what = f"{name} is no envelope about a record: {said.trouble}"
                self._tell(look, FlawKind.EDITED, what, self._archive)
            case Says.NEWER:
                what = f"{name} cannot be checked: {said.trouble}"
                self._tell(look, FlawKind.UNCHECKED, what, self._archive, cause="newer archived")
            case Says.ELSEWHERE:
                there = said.statement.link if said.statement else None
                of = f"#{there.sequence} of {there.chain}" if there else "another place"
                kind = FlawKind.EDITED if said.is_signed is False else FlawKind.REPLAYED
                what = f"{name} holds the envelope of record {of}"
                self._tell(look, kind, what, self._archive)
            case Says.SAME if not self._is_told_by_seal(look, said):
                what = f"{name} holds the record under a signature that is not by the public key"
                self._tell(look, FlawKind.FORGED, what, self._archive, cause="forged envelope")
            case Says.ANOTHER:
                self._judge_another(look, said)

    def _judge_another(self, look: Look, said: Testimony) -> None:
        if said.is_signed is False:
            if not self._is_told_by_seal(look, said):
                what = f"{look.object_name} holds another record, not signed by the public key"
                self._tell(look, FlawKind.EDITED, what, self._archive, cause="other envelope")
            return
        if not look.is_whole:
            return  # the ledger's own record is told of already
        differing = changes(look.link, look.entry, said.statement)
        if look.seal is SealState.INVALID:
            what = f"it is not what was signed and archived as {look.object_name}: {differing}"
            self._tell(look, FlawKind.EDITED, what, self._ledger, cause="not as archived")
        else:
            what = (
                f"the archive holds another record for this place: {differing}. Was the ledger "
                "restored from a backup?"
            )
            self._tell(look, FlawKind.FORKED, what, self._archive, cause="forked")

    def _judge_versions(self, look: Look, archived: Archived) -> None:
        newest = archived.versions[0] if archived.versions else None
        kept = archived.other or archived.version
        if newest is not None and kept and newest.version != kept:
            on_top = "a delete marker" if newest.is_marker else "a newer version"
            what = (
                f"{on_top} ({newest.version}, {newest.kept_at:%Y-%m-%d %H:%M} UTC) lies on top of "
                f"{look.object_name}; the kept one is version {kept}"
            )
            self._tell(look, FlawKind.OVERLAID, what, self._archive, cause=on_top)
        elif len(archived.versions) > 1 and kept:
            older = archived.versions[1].version
            what = f"another version ({older}) lies beneath that of {look.object_name} in the seal"
            self._tell(look, FlawKind.OVERLAID, what, self._archive, cause="underlaid")
        if not self._locks or archived.content is None:
            return
        if archived.retention is not None:
            self.locked += 1
        else:
            what = f"{look.object_name} is not locked: whoever may write there can delete it"
            self._tell(look, FlawKind.UNLOCKED, what, self._archive, cause="unlocked")

    def _is_told_by_seal(self, look: Look, said: Testimony) -> bool:
        """Whether it is the very signature that is wrong in the ledger, too."""
        seal = look.stored.seal
        return (
            look.seal is SealState.INVALID
            and seal is not None
            and said.envelope is not None
            and said.envelope.signature.value == seal.signature.value
        )

    def _tell(self, look: Look, kind: FlawKind, what: str, where: str, *, cause: str = "") -> None:
        cause = f"archive: {cause}" if cause else ""
        self._flaws.tell(kind, look.sequence, what, where=where, record=look.name, cause=cause)
