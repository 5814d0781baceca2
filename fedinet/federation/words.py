"""What the pages about policy call things. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.allies.model import Standing
from fedinet.kernel.problems import N_
from fedinet.policy.document import RuleDocument
from fedinet.policy.explain import Explanation, Said
from fedinet.policy.impact.preview import Turn
from fedinet.policy.model import AlertKind, Builtin, Effect, Mode, OnExpire, Verdict

MODES: Final[Mapping[Mode, str]] = MappingProxyType(
    {
        Mode.OPEN: N_("Every server may talk to us, but for those named below."),
        Mode.CAUTIOUS: N_(
            "Servers that nobody here has met may be found and followed. When somebody there writes"
            " to a member first, we look at it before the member sees it."
        ),
        Mode.ALLIES: N_("Only the servers that we name may talk to us."),
        Mode.CLOSED: N_("This community talks with no other server at the moment."),
    }
)
MODE_NAMES: Final[Mapping[Mode, tuple[str, str]]] = MappingProxyType(
    {
        Mode.OPEN: (
            N_("Anyone, unless a rule says otherwise"),
            N_("New servers are welcome at once. You refuse the few that misbehave."),
        ),
        Mode.CAUTIOUS: (
            N_("Anyone, and look at strangers first"),
            N_(
                "When a server that nobody here has met writes to a member, it waits for a steward."
                " Following, public posts and taking things back are never held. The usual choice."
            ),
        ),
        Mode.ALLIES: (
            N_("Only servers with a rule that welcomes them"),
            N_("Everything else is refused, both ways."),
        ),
        Mode.CLOSED: (
            N_("Nobody, for now"),
            N_("Nothing comes in and nothing goes out. What others delete is deleted here too."),
        ),
    }
)
VERDICTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reject": N_("Refused"),
        "drop": N_("Ignored"),
        "hold": N_("Looked at first"),
        "defer": N_("Asked to come later"),
        "accept": N_("Welcome"),
    }
)
EFFECTS: Final[Mapping[Effect, str]] = MappingProxyType(
    {
        Effect.LIMIT: N_("Quieter: only its followers see it"),
        Effect.STRIP_MEDIA: N_("Without pictures, films and sound"),
        Effect.MARK_SENSITIVE: N_("Behind a warning"),
        Effect.UNLIST: N_("In no public list"),
        Effect.REQUIRE_APPROVAL: N_("Followers from there wait for a yes"),
        Effect.NO_NOTIFICATION: N_("Nobody is notified"),
        Effect.FREEZE_FOLLOWS: N_("Follows between members and people there are put aside"),
        Effect.SEVER_FOLLOWS: N_("Follows between members and people there end for good"),
        Effect.REMOVE_LINKS: N_("Without links"),
        Effect.NOTIFY_MODERATORS: N_("Stewards are told"),
        Effect.REJECT_REPORTS: N_("Reports from there are not read"),
    }
)
ENDINGS: Final[Mapping[OnExpire, str]] = MappingProxyType(
    {
        OnExpire.REMOVE: N_("It is lifted"),
        OnExpire.DRAFT: N_("It becomes a draft, to be looked at"),
        OnExpire.LIMIT: N_("Only the limit stays"),
        OnExpire.HOLD: N_("It is looked at first from then on"),
    }
)
TURNS: Final[Mapping[Turn, str]] = MappingProxyType(
    {
        Turn.CUT: N_("cut off"),
        Turn.TOLD: N_("told so"),
        Turn.OPENED: N_("let in again"),
        Turn.FROZEN: N_("follows put aside"),
        Turn.SEVERED: N_("follows end for good"),
        Turn.THAWED: N_("follows come back"),
        Turn.HELD: N_("looked at first"),
        Turn.UNHELD: N_("no longer looked at first"),
        Turn.QUIETER: N_("quieter"),
        Turn.LOUDER: N_("as before"),
    }
)
BUILTINS: Final[Mapping[Builtin, str]] = MappingProxyType(
    {
        Builtin.PERSONAL_BLOCK: N_("the member’s own block"),
        Builtin.SHRINKING: N_("what is taken back is always taken back"),
        Builtin.ALLY: N_("it is an allied community"),
        Builtin.FIRST_CONTACT: N_("nobody here has met that server"),
        Builtin.MODE_OPEN: N_("no rule, and anyone may talk to us"),
        Builtin.MODE_CAUTIOUS: N_("no rule, and nothing to look at first"),
        Builtin.MODE_ALLIES: N_("no rule that welcomes it"),
        Builtin.MODE_CLOSED: N_("we talk with no other server at the moment"),
    }
)
DECISIONS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.ACCEPT: N_("let in"),
        Verdict.DEFER: N_("asked to come later"),
        Verdict.HOLD: N_("looked at first"),
        Verdict.DROP: N_("ignored"),
        Verdict.REJECT: N_("refused"),
    }
)
SAID: Final[Mapping[Said, str]] = MappingProxyType(
    {
        Said.DECIDED: N_("decided"),
        Said.ADDED: N_("adds to what happens"),
        Said.HEARD: N_("was heard, and another decided"),
        Said.SPOKEN_FOR: N_("is of a list, and a rule of ours comes first"),
        Said.WITHIN_RATE: N_("is within its rate"),
        Said.EXPIRED: N_("has run out"),
        Said.OTHER_SCOPE: N_("is about something else"),
        Said.FAILED: N_("does not hold"),
    }
)
ALERTS: Final[Mapping[AlertKind, tuple[str, str]]] = MappingProxyType(
    {
        AlertKind.MENTION_WAVE: (
            N_("New accounts write to members, from many servers at once"),
            N_("Accounts that we have known for less than a day, whom nobody here knows."),
        ),
        AlertKind.FOLLOW_FLOOD: (
            N_("Very many ask to follow from %(server)s"),
            N_("It may be somebody’s happy day, or a machine."),
        ),
        AlertKind.NEW_SERVERS: (
            N_("More and more new servers under %(server)s"),
            N_("Whoever owns the domain can make as many as they like."),
        ),
        AlertKind.HELLTHREAD: (
            N_("Posts that mention very many people"),
            N_("Everybody who answers mentions everybody again."),
        ),
    }
)
"""What each alert says, with the server it is about, and what to think of it."""
ACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "add": N_("added"),
        "change": N_("changed"),
        "remove": N_("removed"),
        "mode": N_("switched"),
        "expire": N_("ran out"),
        "undo": N_("undone"),
        "publish": N_("chose who may read the rules"),
        "ally_name": N_("named as an ally"),
        "ally_renew": N_("renewed"),
        "ally_asked": N_("asked us to be allies"),
        "ally_proposed": N_("names us no more"),
        "ally_allied": N_("became an ally"),
        "ally_paused": N_("paused"),
        "ally_unknown": N_("took its question back"),
        "ally_end": N_("ended"),
        "ally_rules": N_("changed"),
        "meet": N_("counts as met"),
        "unmeet": N_("is a stranger again"),
        "house": N_("written anew"),
    }
)

STANDINGS: Final[Mapping[Standing, str]] = MappingProxyType(
    {
        Standing.ASKED: N_("They ask us"),
        Standing.PAUSED: N_("Something is in the way"),
        Standing.ALLIED: N_("Allies"),
        Standing.PROPOSED: N_("We asked, and wait for an answer"),
        Standing.ENDED: N_("Ended"),
    }
)
TROUBLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "new_key": N_(
            "Their node has another key than the one that was agreed to. Ask their stewards, "
            "by another way, whether they changed it, before you accept it."
        ),
        "unreachable": N_("Their server did not answer the last time. We ask again."),
        "not_fedinet": N_("Their server does not speak of allied communities."),
        "no_key": N_("Their node has no key that could sign its word."),
        "not_proven": N_("Their word is not signed by their node, or too old."),
        "not_its_own": N_("What their server shows is not its own word."),
        "names_another": N_("What their server shows is about another community."),
        "not_yet": N_("Their word is from the future: look at the clock of both servers."),
        "kept_out_by_us": N_(
            "A rule, or our mode, keeps us from asking them. Welcome that server by a rule first."
        ),
        "no_answer_for_us": N_(
            "Their server refuses us. In the mode for allies only, its stewards must welcome us "
            "by a rule first."
        ),
    }
)
"""What can be in the way of an alliance, by the word that stands in its row."""


def words_of_rule(document: RuleDocument) -> tuple[str, ...]:
    """What a rule does, each as a sentence to be translated."""
    verdict = (VERDICTS[document.verdict],) if document.verdict is not None else ()
    does = (*verdict, *(EFFECTS[effect] for effect in document.effects))
    return does if document.rate is None else (*does, N_("only beyond a rate"))


def decided_without(told: Explanation) -> str:
    """The words for what decides without a rule; a rule that adds to it is not denied."""
    by = told.decision.decided_by
    if not isinstance(by, Builtin):
        return ""
    if told.added and by in (Builtin.MODE_OPEN, Builtin.MODE_CAUTIOUS):
        return N_("no rule keeps it out")
    return BUILTINS[by]
