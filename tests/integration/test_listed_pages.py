"""A steward invites from a list, by pages and by command line, and sees where each stands."""

from pathlib import Path

import pytest
from aiohttp import FormData

from tests.integration.browser import PASSWORD, Browser, SeenPage, browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.shell import Shell

HERE = "/admin/invitations"
FORM = f"{HERE}/list"
LIST = (
    "naam;e-mail;rol;taal\r\n"
    "Zoë Günther;zoe@home.example;;nl\r\n"
    "<b>Bea</b>;bea@home.example;toezichthouder;\r\n"
    "=1+1;eve@home.example;;\r\n"
    "Chief;chief@home.example;eigenaar;\r\n"
    "Ada;ADA@home.example;;\r\n"
)


async def test_a_list_is_looked_at_first_and_then_invites(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "joris", role="admin")
    await given_account(node, "ada", email="ada@home.example")
    async with browser(node) as joris, browser(node) as ada:
        await ada.sign_in("ada")
        await joris.sign_in("joris")
        for path in (HERE, FORM):
            assert (await ada.open(path)).status == 403
        page = await upload(joris, LIST.encode("cp1252"), greeting="Tot maandag\r\nBcc: x")
        assert "2 people would be invited" in page.text and "Zoë Günther" in page.text
        assert "<b>Bea</b>" in page.text and "<b>Bea</b>" not in page.html
        assert "Line 4" in page.text and "begins as a formula" in page.text
        assert "Line 5" in page.text and "You may not give this role" in page.text
        assert "Is a member already" in page.text and "line 6" in page.text
        assert await node.pool.fetchval("SELECT count(*) FROM invited_people") == 0

        form = {**page.form(FORM).fields, "do": "invite"}
        await node.pool.execute("UPDATE sessions SET verified_at = NULL")
        asked = (await joris.post(FORM, form)).form("/settings/again").fields
        assert asked["pasted"] == form["pasted"]  # it makes a moderator
        back = await joris.post("/settings/again", {**asked, "current_password": PASSWORD})
        assert "Nothing is saved yet" in back.text
        kept = back.form(FORM).fields
        assert (kept["pasted"], kept["greeting"]) == (form["pasted"], form["greeting"])
        done = await joris.post(FORM, form)
        assert done.path == HERE and "2 people are invited" in done.text
        assert "0 people are invited" in (await joris.post(FORM, form)).text
        rows = await node.pool.fetch(
            "SELECT email, role, language, greeting FROM invited_people ORDER BY email"
        )
        assert [tuple(row) for row in rows] == [
            ("bea@home.example", "moderator", "en", "Tot maandag Bcc: x"),
            ("zoe@home.example", "member", "nl", "Tot maandag Bcc: x"),
        ]
        raised = {**form, "pasted": form["pasted"].replace("moderator", "owner")}
        assert "0 people are invited" in (await joris.post(FORM, raised)).text

        assert "No mail server is set" in done.text and "waiting: 2" in done.text
        act = done.form(HERE).fields
        link = await joris.post(HERE, {**act, "do": "link"})
        assert "<svg" in link.html and "/join?code=" in link.html
        gone = await joris.post(HERE, {**act, "do": "withdraw"})
        assert "taken back: 1" in gone.text
        assert (await joris.post(HERE, {**act, "do": "link"})).status == 422
        assert (await joris.post(HERE, {**act, "do": "again", "id": "7"})).status == 404
        assert (await joris.post(HERE, {**act, "do": "praise"})).status == 422
        assert (await ada.post(HERE, {**act, "do": "link"})).status == 403
        assert (await joris.open(f"{HERE}?max_id=5&invited=%F0%9F%98%80")).status == 200


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"PK\x03\x04", "save it as CSV", id="spreadsheet"),
        pytest.param(b"", "nobody in this list", id="empty"),
    ],
)
async def test_what_is_no_list_is_told_and_nothing_typed_is_lost(
    start_node: StartNode, raw: bytes, told: str
) -> None:
    node = await start_node()
    await given_account(node, "joris", role="owner")
    async with browser(node) as joris:
        await joris.sign_in("joris")
        page = await upload(joris, raw, greeting="G" * 20)
        assert page.status == 422 and told in page.text
        assert page.form(FORM).fields["greeting"] == "G" * 20
        form = {**page.form(FORM).fields, "pasted": "a@h.example"}
        for wrong in ({"greeting": "G" * 501}, {"language": "tlh"}):
            page = await joris.post(FORM, {**form, **wrong})
            assert page.status == 422 and page.form(FORM).fields["pasted"] == "a@h.example"


def test_the_command_line_invites_in_the_name_of_an_owner(
    tmp_path: Path, database_url: str
) -> None:
    shell = Shell(tmp_path / "node", database_url)
    shell.data.mkdir()
    (shell.data / "fedinet.toml").write_text('origin = "https://birds.example"\n')
    assert shell.run("migrate").exit_code == 0
    file = tmp_path / "people.csv"
    file.write_bytes(LIST.encode())
    invite = ("admin", "invite", "list", str(file))
    assert "no such owner" in shell.run(*invite).output
    create = ("admin", "account", "create", "--username", "joris", "--password-stdin")
    assert shell.run(*create, "--community", "Birds", stdin="a long sentence here").exit_code == 0
    assert "no language fr" in shell.run(*invite, "--language", "fr").output
    said = shell.run(*invite, "--preview").output
    assert "4 would be invited." in said and "line 4: " in said
    assert shell.facts(*invite, "--preview")["invited"] == 0
    done = shell.facts(*invite, "--language", "nl", "--by", "@Joris")
    assert (done["invited"], done["bad"]) == (
        4, [{"line": 4, "why": "The name begins as a formula does. Write it as a name."}],
    )  # fmt: skip
    again = shell.facts(*invite)
    assert (again["invited"], len(again["already_invited"])) == (0, 4)  # pyright: ignore[reportArgumentType]


async def upload(steward: Browser, raw: bytes, **fields: str) -> SeenPage:
    form = (await steward.open(FORM)).form(FORM).fields | fields
    body = FormData({name: text for name, text in form.items() if name != "file"})
    body.add_field("file", raw, filename="people.csv", content_type="text/csv")
    return await steward.post(FORM, body)  # pyright: ignore[reportArgumentType]
