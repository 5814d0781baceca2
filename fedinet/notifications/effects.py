"""After the commit: members are told. Idempotent; one statement for the whole batch."""

from collections.abc import Mapping, Sequence

from fedinet.appeals.signals import AppealAnswered
from fedinet.db.query import Tx
from fedinet.desk.signals import MatterRaised
from fedinet.follows.signals import FollowAccepted, FollowEnded, FollowRequested, FollowsCut
from fedinet.invitations.signals import MemberJoined
from fedinet.moderation.signals import MemberActedOn
from fedinet.notifications import reactions_store, stewards_store, telling_store
from fedinet.polls.signals import PollEnded
from fedinet.posts.signals import Part, PostEdited, PostPublished, with_parts
from fedinet.queue.signals import Effect
from fedinet.quotes.signals import QuoteAccepted
from fedinet.reactions.signals import Boosted, Liked, Reacted, Unboosted, Unliked, Unreacted
from fedinet.scheduled.signals import NotPublished


async def tell_of_posts(tx: Tx, facts: Sequence[PostPublished]) -> None:
    silent = [fact.post_id for fact in facts if fact.is_silent]
    speaking = [fact.post_id for fact in with_parts(facts, Part.PARENT, Part.MENTIONS)]
    quoting = [fact.post_id for fact in with_parts(facts, Part.QUOTE)]
    awaited = [fact.post_id for fact in with_parts(facts, Part.AWAITED)]
    if speaking:
        await telling_store.tell_of_posts(tx, speaking, silent=silent)
    if quoting:
        await telling_store.tell_of_quotes(tx, quoting, silent=silent)
    if awaited:
        await telling_store.tell_followers(tx, awaited)


async def tell_of_quotes(tx: Tx, facts: Sequence[QuoteAccepted]) -> None:
    silent = [fact.post_id for fact in facts if fact.is_silent]
    await telling_store.tell_of_quotes(tx, [fact.post_id for fact in facts], silent=silent)


async def tell_of_edits(tx: Tx, facts: Sequence[PostEdited]) -> None:
    """Who is newly mentioned, and who boosted what now says something else."""
    post_ids = [fact.post_id for fact in facts]
    silent = [fact.post_id for fact in facts if fact.is_silent]
    await telling_store.tell_of_posts(tx, post_ids, silent=silent)
    await telling_store.tell_of_edits(tx, post_ids, silent=silent)


async def tell_of_likes(tx: Tx, facts: Sequence[Liked]) -> None:
    await reactions_store.tell_of_likes(
        tx, [(fact.actor_id, fact.post_id, fact.is_silent) for fact in facts]
    )


async def forget_likes(tx: Tx, facts: Sequence[Unliked]) -> None:
    await reactions_store.forget_likes(tx, [(fact.actor_id, fact.post_id) for fact in facts])


async def tell_of_reactions(tx: Tx, facts: Sequence[Reacted]) -> None:
    await reactions_store.tell_of_reactions(
        tx, [(fact.actor_id, fact.post_id, fact.is_silent) for fact in facts]
    )


async def forget_reactions(tx: Tx, facts: Sequence[Unreacted]) -> None:
    await reactions_store.forget_reactions(tx, [(fact.actor_id, fact.post_id) for fact in facts])


async def tell_of_boosts(tx: Tx, facts: Sequence[Boosted]) -> None:
    await reactions_store.tell_of_boosts(
        tx, [(fact.actor_id, fact.post_id, fact.is_silent) for fact in facts]
    )


async def forget_boosts(tx: Tx, facts: Sequence[Unboosted]) -> None:
    await reactions_store.forget_boosts(tx, [(fact.actor_id, fact.post_id) for fact in facts])


async def tell_of_follows(
    tx: Tx, facts: Sequence[FollowRequested] | Sequence[FollowAccepted]
) -> None:
    """A request that was granted turns into a follow."""
    await reactions_store.forget_follows(tx, [(fact.follower_id, fact.target_id) for fact in facts])
    await reactions_store.tell_of_follows(
        tx, [(fact.follower_id, fact.target_id, fact.is_silent) for fact in facts]
    )


async def tell_of_accepted(tx: Tx, facts: Sequence[FollowAccepted]) -> None:
    """Both sides: the one who is followed, and the one who asked and waited."""
    await tell_of_follows(tx, facts)
    await reactions_store.tell_of_yes(
        tx, [(fact.follower_id, fact.target_id, fact.is_silent) for fact in facts]
    )


async def forget_follows(tx: Tx, facts: Sequence[FollowEnded]) -> None:
    ended = [(fact.follower_id, fact.target_id) for fact in facts]
    await reactions_store.forget_follows(tx, ended)
    await reactions_store.forget_yes(tx, ended)


async def tell_of_polls(tx: Tx, facts: Sequence[PollEnded]) -> None:
    await telling_store.tell_of_polls(tx, [fact.post_id for fact in facts])


async def tell_of_matters(tx: Tx, facts: Sequence[MatterRaised]) -> None:
    await stewards_store.tell_of_matters(tx, [fact.matter_id for fact in facts])


async def tell_of_answers(tx: Tx, facts: Sequence[AppealAnswered]) -> None:
    await stewards_store.tell_of_answers(tx, [fact.appeal_id for fact in facts])


async def tell_of_cuts(tx: Tx, facts: Sequence[FollowsCut]) -> None:
    await stewards_store.tell_of_cuts(tx, [fact.cut_id for fact in facts])


async def tell_of_acts(tx: Tx, facts: Sequence[MemberActedOn]) -> None:
    await stewards_store.tell_of_acts(tx, [fact.act_id for fact in facts])


async def tell_of_unpublished(tx: Tx, facts: Sequence[NotPublished]) -> None:
    await stewards_store.tell_of_unpublished(tx, [fact.scheduled_id for fact in facts])


async def tell_of_sign_ups(tx: Tx, facts: Sequence[MemberJoined]) -> None:
    await stewards_store.tell_of_sign_ups(tx, [fact.actor_id for fact in facts])


EFFECTS: Mapping[type, Effect] = {
    PostPublished: tell_of_posts,
    PostEdited: tell_of_edits,
    QuoteAccepted: tell_of_quotes,
    Liked: tell_of_likes,
    Unliked: forget_likes,
    Reacted: tell_of_reactions,
    Unreacted: forget_reactions,
    Boosted: tell_of_boosts,
    Unboosted: forget_boosts,
    PollEnded: tell_of_polls,
    FollowRequested: tell_of_follows,
    FollowAccepted: tell_of_accepted,
    FollowEnded: forget_follows,
    AppealAnswered: tell_of_answers,
    FollowsCut: tell_of_cuts,
    MatterRaised: tell_of_matters,
    MemberActedOn: tell_of_acts,
    NotPublished: tell_of_unpublished,
    MemberJoined: tell_of_sign_ups,
}
