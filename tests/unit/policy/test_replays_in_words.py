"""Every replay that comes with the project has plain words on the page that tries it."""

from fedinet.federation.trial import FATES, LABELS, REPLAYS
from fedinet.policy.past.replay import read_replay, records, shipped
from fedinet.policy.past.simulation import Fate


def test_each_replay_and_kind_has_words() -> None:
    names = {one.name for one in shipped()}
    assert names == set(REPLAYS) and set(FATES) == set(Fate)
    assert {one.label for name in names for one in records(read_replay(name))} <= set(LABELS)
