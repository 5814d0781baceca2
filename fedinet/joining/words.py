"""How pages call the standing of a request. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.joining.model import Standing
from fedinet.kernel.problems import N_

STANDINGS: Final[Mapping[Standing, str]] = MappingProxyType(
    {
        Standing.ASKED: N_("address not confirmed yet"),
        Standing.WAITING: N_("waits to be read"),
        Standing.IN_LINE: N_("welcome, waits for room"),
        Standing.INVITED: N_("invited"),
        Standing.DECLINED: N_("not invited"),
        Standing.LAPSED: N_("did not use the invitation"),
    }
)
