"""What pages call what is published. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.charter.law_model import Paper
from fedinet.kernel.problems import N_

PAPERS: Final[Mapping[Paper, str]] = MappingProxyType(
    {
        Paper.IMPRINT: N_("Imprint"),
        Paper.PRIVACY: N_("Privacy"),
        Paper.TERMS: N_("Terms of use"),
        Paper.RULES: N_("House rules"),
    }
)
