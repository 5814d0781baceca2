"""What pages call the states of an appeal. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.appeals.model import State
from fedinet.kernel.problems import N_

STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.OPEN: N_("The stewards have not answered yet"),
        State.ACCEPTED: N_("The stewards agree"),
        State.DECLINED: N_("The stewards leave it as it is"),
    }
)
