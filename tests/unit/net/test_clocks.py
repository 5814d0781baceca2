"""Whether our clock is right, by what other servers say of the time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from fedinet.kernel.ids import Domain
from fedinet.net.clocks import FEWEST, Apart, PeerClocks
from fedinet.signing.dates import http_date

NOW = datetime(2026, 11, 29, tzinfo=UTC).timestamp()


@dataclass
class Machine:
    clock: float = NOW
    ticks: float = 100.0

    def passes(self, seconds: float) -> None:
        self.clock, self.ticks = self.clock + seconds, self.ticks + seconds


def clocks_of(machine: Machine) -> PeerClocks:
    return PeerClocks(clock=lambda: machine.clock, ticks=lambda: machine.ticks)


def says(clocks: PeerClocks, machine: Machine, *ahead: int, of: str = ".example") -> None:
    """So many servers tell a time that is so much later than ours."""
    for number, seconds in enumerate(ahead):
        date = http_date(datetime.fromtimestamp(machine.clock + seconds, UTC))
        clocks.note(Domain(f"peer{number}{of}"), date)


def test_the_median_of_several_owners_is_believed_and_of_few_nothing() -> None:
    machine = Machine()
    clocks = clocks_of(machine)
    says(clocks, machine, *[300] * (FEWEST - 1))
    says(clocks, machine, 300, 300, 300, of=".owner.co.uk")  # has as many names as it likes
    clocks.note(Domain("c.example"), "yesterday")
    clocks.note(Domain("d.example"), None)
    assert clocks.apart() == Apart(-300, FEWEST)
    says(clocks, machine, 0, 0, 0, 0)
    assert clocks.apart() == Apart(0, 5)
    machine.passes(7 * 3600)
    assert clocks.apart() is None


def test_once_the_clock_is_set_what_was_said_before_is_void() -> None:
    machine = Machine()
    clocks = clocks_of(machine)
    says(clocks, machine, *[300] * FEWEST)
    machine.clock += 300
    assert clocks.apart() is None
    says(clocks, machine, *[0] * FEWEST)
    machine.passes(3600)
    assert clocks.apart() == Apart(0, FEWEST)


def test_only_so_many_are_remembered() -> None:
    machine = Machine()
    clocks = clocks_of(machine)
    for number in range(200):
        clocks.note(Domain(f"p{number}.example"), http_date(datetime.fromtimestamp(NOW, UTC)))
    found = clocks.apart()
    assert found is None or found.servers <= 50
