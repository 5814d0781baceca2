"""A database belongs to one origin: started under another name it would corrupt federation."""

from pathlib import Path

import pytest

from fedinet.db.query import Tx
from fedinet.node.store import AnotherNode, get_node, pin_node
from fedinet.settings import load


async def test_a_node_keeps_its_origin_and_its_id_over_restarts(tx: Tx, tmp_path: Path) -> None:
    settings = load({"data": str(tmp_path), "origin": "https://our.example"}, {})
    await pin_node(tx, settings)
    first = await get_node(tx)
    await pin_node(tx, settings)
    assert await get_node(tx) == first


@pytest.mark.parametrize(
    "other",
    [
        {"origin": "https://other.example"},
        {"origin": "https://our.example:8443"},
        {"origin": "https://our.example", "account_domain": "other.example"},
    ],
)
async def test_another_origin_or_account_domain_is_refused(
    tx: Tx, tmp_path: Path, other: dict[str, str]
) -> None:
    await pin_node(tx, load({"data": str(tmp_path), "origin": "https://our.example"}, {}))
    with pytest.raises(AnotherNode) as refused:
        await pin_node(tx, load({"data": str(tmp_path), **other}, {}))
    assert "Start with --origin https://our.example, or" in refused.value.public


async def test_names_that_end_in_another_domain_stay(tx: Tx, tmp_path: Path) -> None:
    given = {"data": str(tmp_path), "origin": "https://our.example"}
    await pin_node(tx, load({**given, "account_domain": "names.example"}, {}))
    with pytest.raises(AnotherNode) as refused:
        await pin_node(tx, load(given, {}))
    assert "--origin https://our.example --account-domain names.example" in refused.value.public
