"""What invitations brought about; ids only."""

from dataclasses import dataclass

from fedinet.accounts.model import Role
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.queue.signals import signal


@signal
@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody has an account by an invitation."""

    actor_id: ActorId


@signal
@dataclass(frozen=True, slots=True)
class RolePromised:
    """Somebody joined whom ``by`` had promised a role above member, if they may still give it."""

    actor_id: ActorId
    role: Role
    by: AccountId
