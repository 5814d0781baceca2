"""FediBlockHole, which others wrote, keeps a list in step with a node of ours."""

import asyncio
from pathlib import Path

import pytest

from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from tests.integration.apps import App, given_token
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.people import given_follow, given_remote
from tests.integration.processes import PATIENCE_S
from tests.interop.python_peers import PYTHON, why_not

HEADER = "domain,severity,reject_media,reject_reports,public_comment,obfuscate\n"
RUN = "import fediblockhole; fediblockhole.API_CALL_DELAY = 0; fediblockhole.main()"
FIELDS = '["public_comment", "reject_media", "reject_reports", "obfuscate"]'


async def test_a_list_is_kept_in_step_and_read_again(start_node: StartNode, tmp_path: Path) -> None:
    reason = await asyncio.to_thread(why_not)
    if reason is not None:
        pytest.skip(reason)
    node = await start_node()
    account_id, actor_id = await given_account(node, "ada", role="owner")
    ada = App(node, await given_token(node, account_id, "admin:read admin:write"))
    async with transaction(node.pool) as tx:
        zoe = await given_remote(tx, "zoe", "followed.example")
        await given_follow(tx, await get_actor(tx, actor_id), zoe)
    source = tmp_path / "list.csv"
    place = f'domain = "{node.domain}"\nscheme = "http"\ntoken = "{ada.token}"\n'
    push = tmp_path / "push.toml"
    push.write_text(
        f"import_fields = {FIELDS}\n"
        f'[[blocklist_url_sources]]\nurl = "{source.as_uri()}"\nmax_severity = "suspend"\n'
        f"[[blocklist_instance_destinations]]\n{place}"
    )
    source.write_text(
        HEADER
        + "bad.example,suspend,true,true,Spam,true\nloud.example,silence,false,false,,false\n"
        "followed.example,suspend,false,false,,false\n"
    )
    await run(push)
    assert await blocks(ada) == {
        "bad.example": "suspend", "loud.example": "silence", "followed.example": "silence",
    }  # fmt: skip
    version = await node.pool.fetchval("SELECT version FROM policy")
    await run(push)
    assert await node.pool.fetchval("SELECT version FROM policy") == version  # nothing to change
    source.write_text(source.read_text().replace("loud.example,silence", "loud.example,suspend"))
    await run(push)
    assert (await blocks(ada))["loud.example"] == "suspend"

    pull, out = tmp_path / "pull.toml", tmp_path / "out.csv"
    pull.write_text(
        f'import_fields = {FIELDS}\nexport_fields = {FIELDS}\nblocklist_savefile = "{out}"\n'
        f"[[blocklist_instance_sources]]\n{place}admin = true\n"
    )
    await run(pull)
    assert "bad.example,suspend,Spam,True,True,True" in out.read_text().splitlines()


async def run(config: Path) -> None:
    job = await asyncio.create_subprocess_exec(
        PYTHON, "-c", RUN, "-c", config,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(job.communicate(), PATIENCE_S)
    finally:
        if job.returncode is None:
            job.kill()
    assert job.returncode == 0, said.decode()


async def blocks(app: App) -> dict[str, str]:
    return {one["domain"]: one["severity"] for one in await app.get("/v1/admin/domain_blocks")}
