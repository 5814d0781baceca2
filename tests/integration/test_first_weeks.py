"""The first weeks of a community: one steward, the handbook, and forty names in a list.

One story, told once, through the doors that people use: commands, pages and
mail. Everybody finds their way by the words on the page, in their own language.
"""

import asyncio
import io
import re
import uuid
import zipfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import asyncpg
from lxml import html
from pyotp.totp import TOTP

from fedinet.backups.upkeep import look_once
from fedinet.invitations.listed.sending import send_once
from tests.conftest import with_database
from tests.integration.browser import PASSWORD
from tests.integration.mail_server import PASSWORD as MAIL_PASSWORD
from tests.integration.mail_server import USER as MAIL_USER
from tests.integration.mail_server import MailServer, mail_server, own_certificate
from tests.integration.nodes import RunningNode, running_node
from tests.integration.processes import Folder, free_port, status_of
from tests.integration.spoken import strange_text, strange_words
from tests.integration.test_backups import work_off
from tests.integration.test_leaving import found as rows_with
from tests.integration.test_leaving import let_time_pass
from tests.integration.visitor import Answers, Visitor, visitor
from tests.unit.mail.test_compose import bodies

DUTCH = (
    *("Anna", "Bram", "Cas", "Daan", "Eefje", "Femke", "Gijs", "Hanna", "Imke", "Jaap"),
    *("Kees", "Lotte", "Maud", "Niels", "Olga", "Piet", "Quirine", "Ruben", "Saar", "Teun"),
)
ENGLISH = (
    *("Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi", "Ivan", "Judy"),
    *("Karl", "Laura", "Mike", "Nora", "Oscar", "Peggy", "Rupert", "Sybil"),
)
COMERS = (*DUTCH[:10], *ENGLISH[:10])
LIST = "naam;e-mail;rol;taal\r\n" + "".join(
    f"{name} Hout;{name.lower()}@gilde.example;{role};{taal}\r\n"
    for name, role, taal in (
        ("Anna", "moderator", "nl"),
        *((name, "", "nl") for name in DUTCH[1:]),
        *((name, "", "en") for name in ENGLISH),
        ("ANNA", "", "nl"),
    )
)
LIST += "Wim;wim bij gilde;;nl\r\n"
MARK = "kwokka"
"""A word that Carol alone writes."""


@dataclass
class Town:
    """Everything there is: a machine, a mail server, and people with browsers."""

    folder: Folder
    server: MailServer
    stack: AsyncExitStack
    people: dict[str, Visitor] = field(default_factory=dict[str, Visitor])

    async def somebody(self, name: str, language: str) -> Visitor:
        """A new browser."""
        made = await self.stack.enter_async_context(visitor(self.folder.origin, language))
        self.people[name] = made
        return made

    async def command(self, *words: str, stdin: str = "") -> str:
        """A command that succeeds, on the machine."""
        done = await asyncio.to_thread(self.folder.run, *words, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def letter(self, address: str) -> EmailMessage:
        """The newest message to somebody."""
        return next(one for one in reversed(self.server.got) if one["To"] == address)

    def link(self, address: str, path: str) -> str:
        """The link in the newest message to somebody, the same in both of its bodies."""
        plain, rich = bodies(self.letter(address))
        in_text = re.search(rf"{re.escape(self.folder.origin + path)}\S+", plain)
        hrefs = [str(href) for _, _, href, _ in html.document_fromstring(rich).iterlinks()]
        assert in_text is not None and in_text[0] in hrefs, (plain, hrefs)
        return in_text[0]


async def test_a_community_opens_and_lives_through_its_first_weeks(
    server_url: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        tls, believed = own_certificate(tmp_path)
        server = await stack.enter_async_context(mail_server(tls, wants_sign_in=True))
        database = await stack.enter_async_context(empty_database(server_url))
        environ = {
            "DATABASE_URL": database,
            "FEDINET_SMTP_CA": str(believed),
            "FEDINET_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
        folder = Folder(tmp_path / "data", free_port(), environ)
        stack.callback(folder.clean_up)
        town = Town(folder, server, stack)
        joris = await town.somebody("joris", "nl")
        served = await asyncio.to_thread(folder.serve)
        await opens_the_doors(town, joris)
        await asyncio.to_thread(served.stop)
        async with running_node(
            database,
            folder.data,
            peers=[],
            set_up=False,
            port=folder.port,
            smtp_ca=str(believed),
            invitation_mails=300,
        ) as node:
            await node.drain()
            await joris.open(town.link("joris@gilde.example", "/confirm-email"))
            await joris.press("Dit adres bevestigen")
            phrase, recovery = await is_safe(joris)
            # Long before the backup is made: who changes a password later chooses anew.
            await node.pool.execute("UPDATE erasures SET at = at - interval '1 day'")
            mia = await are_two(town, joris)
            await says_who_they_are(joris)
            await at_desk(joris, "Deze gemeenschap", "Eerste dag")
            assert joris.text.count(" klaar") == 8, joris.text
            await invites_from_the_list(town, node, joris)
            await twenty_come(town)
            await some_are_reminded(town, node, joris)
            await eva_asks_to_join(town, node, joris, mia)
            await a_visitor_reports(town, node, joris)
            backup = await is_backed_up(node, joris)
            await carol_leaves(town, node)
        await is_restored(town, tmp_path / "again", backup, server_url, phrase, recovery)
        assert {name: one.wrong for name, one in town.people.items() if one.wrong} == {}
        assert letters_in_another_language(town) == []


async def opens_the_doors(town: Town, joris: Visitor) -> None:
    """The page behind the link of the command, and mail that is proven by a code."""
    said = await town.command("admin", "setup-link")
    link = re.search(r"http\S+/setup\?token=\S+", said)
    assert link is not None, said
    await joris.open(link[0])
    await joris.press(
        "Open de deuren",
        {
            "Naam van de gemeenschap": "Scheldegilde",
            "Wie jullie zijn": "Timmerlui en architecten",
            "Hoofdtaal": "Nederlands",
            "Tijdzone": "UTC",
            "Mos": True,
            "Je naam": "Joris Claes",
            "Je naam in adressen": "joris",
            "E-mail": "joris@gilde.example",
            "Wachtwoord": PASSWORD,
        },
    )
    await joris.press(
        "Bewaren",
        {
            "Naam van de server": "127.0.0.1",
            "Poort": str(town.server.port),
            "Naam om mee": MAIL_USER,
            "Wachtwoord": MAIL_PASSWORD,
            "Adres waar": "post@gilde.example",
        },
    )
    await joris.press("Stuur me een code", {"Je adres": "joris@gilde.example"})
    code = re.match(r"\d{6}", str(town.letter("joris@gilde.example")["Subject"]))
    assert code is not None
    await joris.press("De mail is aangekomen", {"Code in het bericht": code[0]})
    assert "De mail werkt" in joris.text
    await joris.follow("Verder")
    assert "De eerste dag" in joris.text and joris.text.count(" klaar") == 1
    said = await town.command("check")
    assert "✓ mail: " in said and "Nothing to mend." in said, said


async def is_safe(joris: Visitor) -> tuple[str, str]:
    """The passphrase of the backups and a recovery code of the second step, on paper."""
    await at_desk(joris, "Deze gemeenschap", "Reservekopieën")
    await joris.follow("De wachtzin tonen")
    phrase = re.search(r"\b(?:[a-z0-9]{4}-){5}[a-z0-9]{4}\b", joris.text)
    await joris.press("Ik bewaar hem elders")
    await joris.follow("Instellingen")
    await joris.follow("Aanmelden en apps")
    await joris.follow("Instellen")
    await joris.press("Instellen")
    key = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", joris.text)
    assert key is not None
    await joris.press("Aanzetten", {"Code": TOTP(key[0].replace(" ", "")).now()})
    code = re.search(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", joris.text)
    assert phrase is not None and code is not None, joris.text
    return phrase[0], code[0]


async def are_two(town: Town, joris: Visitor) -> Visitor:
    """A second person comes by a link that was handed on, and is given a role."""
    await joris.follow("Uitnodigingen")
    await joris.press("Link maken", {"Voor wie": "Mia"})
    link = re.search(r"http\S+/join\?code=[\w-]+", joris.text + html.tostring(joris.page).decode())
    assert link is not None
    mia = await town.somebody("mia", "en")
    await mia.open(link[0])
    await joins(mia, {"Your name": "Mia", "Your name in addresses": "mia"})
    await at_desk(joris, "Deze gemeenschap")
    await joris.follow("Mia")
    await joris.press("Bewaren", {"Hoofdbeheerder": True})
    assert joris.status == 200
    return mia


async def says_who_they_are(joris: Visitor) -> None:
    await at_desk(joris, "Deze gemeenschap", "Regels en teksten")
    rule = {"De regel, in één zin": "Wees goed.", "De regel (English)": "Be kind."}
    await joris.press("Toevoegen", rule)
    await joris.follow("Schrijven: Over deze plek")
    await joris.press("Bewaren", {"Tekst": "Een plek voor wie bouwt."})
    await joris.follow("Schrijven: Gebruiksvoorwaarden")
    await joris.press("Bewaren", {"Tekst": "Wees achttien."})
    await joris.follow("Wijzigen: Aan wie men schrijft")
    await joris.press("Bewaren", {"E-mailadres": "post@gilde.example", "Een beheerder": "@joris"})
    await at_desk(joris, "Deze gemeenschap", "Voor het colofon")
    answers = {
        "Wie voor deze plek": "Vereniging Scheldegilde",
        "Adres": "Kaai 1, Antwerpen",
        "E-mail": "post@gilde.example",
        "Waar de server staat": "Bij een coöperatie in Gent",
        "Waar reservekopieën liggen": "Op een schijf in Brugge",
        "Toezichthoudende autoriteit": "GBA",
    }
    await joris.press("Bewaren en publiceren", answers)
    assert joris.status == 200, joris.text
    for words in ("Dit is een plek voor bouwers.", "Ik ben Joris.", "Wat bouw je?"):
        await joris.follow("Schrijven")
        await joris.press("Publiceren", {"Je tekst": words})
        assert words in joris.text


async def invites_from_the_list(town: Town, node: RunningNode, joris: Visitor) -> None:
    await at_desk(joris, "Deze gemeenschap", "Uitgenodigd")
    await joris.follow("Mensen uit een lijst uitnodigen")
    greeting = {"Een zin van jou": "Tot maandag!"}
    file: Answers = {"De lijst, als bestand": ("leden.csv", LIST.encode("cp1252"))}
    await joris.press("Zien wat er zou gebeuren", {**greeting, **file})
    assert "38 mensen zouden uitgenodigd worden" in joris.text
    assert "2 regels kunnen niet gebruikt worden" in joris.text
    await joris.press("Deze 38 mensen uitnodigen")
    assert "38 mensen zijn uitgenodigd" in joris.text, joris.text
    town.server.refuses.add("piet@gilde.example")
    assert len(await mails(town, node)) == 37
    await at_desk(joris, "Deze gemeenschap", "Uitgenodigd")
    assert "verstuurd: 37 · mail kwam terug: 1" in joris.text


async def mails(town: Town, node: RunningNode, *, days: int = 0) -> set[str]:
    """What the worker does about invitations when so many days have passed; who got some."""
    await node.drain()
    before = len(town.server.got)
    office = await node.services.post_office()
    now = datetime.now(UTC) + timedelta(days=days)
    hourly = node.services.settings.invitation_mails
    while await send_once(office, hourly=hourly, now=now):
        now += timedelta(minutes=1)
        await node.drain()
    return {str(one["To"]) for one in town.server.got[before:]}


async def twenty_come(town: Town) -> None:
    for name in COMERS:
        one = await town.somebody(name, "nl" if name in DUTCH else "en")
        await one.open(town.link(f"{name.lower()}@gilde.example", "/join"))
        await joins(one)


async def some_are_reminded(town: Town, node: RunningNode, joris: Visitor) -> None:
    """After a week, once: who has not come, and has an address that somebody reads."""
    late = {*DUTCH, *ENGLISH} - {*COMERS, "Piet"}
    reminded = await mails(town, node, days=8)
    assert reminded == {f"{name.lower()}@gilde.example" for name in late}
    await at_desk(joris, "Deze gemeenschap", "Uitgenodigd")
    assert "verstuurd: 17 · mail kwam terug: 1 · lid geworden: 20" in joris.text


async def eva_asks_to_join(town: Town, node: RunningNode, joris: Visitor, mia: Visitor) -> None:
    await at_desk(joris, "Wie lid wil worden")
    await joris.follow("Wijzigen hoe mensen binnenkomen")
    wish = {"Ja": True, "Vraag 1": "Wat bouw je?", "Vraag 1 (English)": "What do you build?"}
    await joris.press("Bewaren", wish)
    eva = await town.somebody("eva", "nl")
    await eva.open(town.folder.origin)
    await eva.follow("Vragen om lid te worden")
    words = {"Je naam": "Eva", "E-mail": "eva@elders.example", "Wat bouw je?": "Daken van riet"}
    await eva.press("Vragen om lid te worden", words)
    await node.drain()
    await eva.open(town.link("eva@elders.example", "/join/request"))
    await eva.press("Ja, de beheerders mogen het lezen")
    await node.drain()
    for steward, look, yes in ((joris, "Bekijk het", "Ja"), (mia, "Look at it", "Yes")):
        await steward.open(town.folder.origin)
        await at_desk(steward)
        await steward.follow(f"{look}: Eva")
        await steward.press(yes)
        assert steward.status == 200
    await node.drain()
    await eva.open(town.link("eva@elders.example", "/join?"))
    await joins(eva)
    await eva.follow("Instellingen")
    await eva.follow("E-mailadres")
    assert "eva@elders.example Bevestigd" in eva.text, eva.text


async def a_visitor_reports(town: Town, node: RunningNode, joris: Visitor) -> None:
    bram = town.people["Bram"]
    await bram.follow("Schrijven")
    await bram.press("Publiceren", {"Iedereen": True, "Je tekst": "Nu balken, bijna gratis!"})
    vera = await town.somebody("vera", "en")
    await vera.open(bram.address)
    await vera.follow("Report this")
    words = {"What is it about?": "Unwanted advertising", "E-mail": "vera@else.example"}
    await vera.press("Send the report", words)
    assert "the answer will stand here" in vera.text
    kept = vera.address
    await node.drain()
    await at_desk(joris)
    await joris.follow("Bekijk het: Bram Hout is gemeld")
    await joris.press("Als afgehandeld aanmerken", {"Antwoord aan de bezoeker": "Thank you."})
    await at_desk(joris, "Ingekomen meldingen")
    await joris.follow("Alle")
    await joris.follow("Bekijk het: Bram Hout")
    await joris.press(
        "Doen",
        {"Beperken": True, "Wees goed.": True, "In je eigen woorden": "Reclame hoort hier niet."},
    )
    await node.drain()
    await vera.open(kept)
    assert "Thank you." in vera.text
    await bram.follow("Instellingen")
    await bram.follow("Stand van zaken")
    assert "Reclame hoort hier niet." in bram.text
    assert "Reclame hoort hier niet." in bodies(town.letter("bram@gilde.example"))[0]
    assert "Thank you." in bodies(town.letter("vera@else.example"))[0]


async def is_backed_up(node: RunningNode, joris: Visitor) -> Path:
    """At night, by the clock; and read back, as a steward asks for it."""
    settings = node.services.settings
    await look_once(node.pool, settings, datetime.now(UTC) + timedelta(days=1))
    await work_off(settings)
    await at_desk(joris, "Deze gemeenschap", "Reservekopieën")
    await joris.press("De nieuwste nu teruglezen")
    await work_off(settings)
    await at_desk(joris, "Deze gemeenschap", "Reservekopieën")
    assert "Laatst teruggelezen zojuist" in joris.text, joris.text
    [file] = (settings.data / "backups").glob("*.fedinet")
    return file


async def carol_leaves(town: Town, node: RunningNode) -> None:
    """With everything she wrote; and after seven days there is nothing of her."""
    carol = town.people["Carol"]
    await carol.follow("Your profile")
    profile = carol.address
    await carol.follow("Write")
    await carol.press("Publish", {"Your text": f"My {MARK} is the best."})
    await carol.follow("Settings")
    await carol.follow("Your data, and leaving")
    there = carol.address
    await carol.press("Download it", {"Your password": PASSWORD})
    with zipfile.ZipFile(io.BytesIO(carol.raw)) as files:
        assert files.testzip() is None
        [posts] = [name for name in files.namelist() if name.endswith("outbox.json")]
        assert MARK in files.read(posts).decode()
    await carol.open(there)
    await carol.press(
        "Leave in seven days", {"Type your name": "carol_hout", "Your password": PASSWORD}
    )
    assert "Your account ends on" in carol.text
    await let_time_pass(node)
    await node.drain()
    assert await rows_with(node.pool, MARK) == {}
    await carol.open(profile)
    assert carol.status == 410


async def is_restored(
    town: Town, data: Path, backup: Path, server_url: str, phrase: str, recovery: str
) -> None:
    """On another machine, from the older backup: Carol is gone, and nothing is sent yet."""
    database = await town.stack.enter_async_context(empty_database(server_url))
    there = Folder(data, town.folder.port, town.folder.environ | {"DATABASE_URL": database})
    town.stack.callback(there.clean_up)
    town.folder = there
    said = await town.command("restore", str(backup), "--passphrase-stdin", stdin=phrase)
    assert "Erased again, by the journal: 1 account" in said, said
    async with asyncpg.create_pool(database, min_size=1, max_size=1) as pool:
        assert await rows_with(pool, MARK) == {}
    await asyncio.to_thread(there.serve)
    assert inbox_of(there) == 503
    joris = town.people["joris"]
    await joris.open(there.origin)
    await joris.follow("Aanmelden")
    await joris.press("Aanmelden", {"Naam of e-mail": "joris", "Wachtwoord": PASSWORD})
    await joris.press("Aanmelden", {"Code": recovery})
    assert "teruggezet" in joris.text, joris.text
    await joris.follow("Mensen")
    assert "Anna Hout" in joris.text and "Carol" not in joris.text
    await joris.follow("Gemeenschap")
    await joris.follow("Verdergaan")
    await joris.press("De oude kopie is weg: ga verder")
    assert "teruggezet" not in joris.text
    assert inbox_of(there) == 401


def inbox_of(folder: Folder) -> int:
    headers = {"Content-Type": "application/activity+json"}
    return status_of(f"{folder.origin}/inbox", headers, method="POST", body=b"{}")


def letters_in_another_language(town: Town) -> list[str]:
    """Every message has the language of its reader, in both bodies."""
    wrong: list[str] = []
    for one in town.server.got:
        name = str(one["To"]).partition("@")[0]
        language = "en" if name.capitalize() in ENGLISH or name in ("vera", "mia") else "nl"
        plain, rich = bodies(one)
        page = html.document_fromstring(rich)
        strange = strange_text(f"{one['Subject']}\n{plain}", language) | strange_words(
            page, language
        )
        if (one["Content-Language"], page.get("lang")) != (language, language) or strange:
            wrong.append(f"{name}: {one['Subject']} {sorted(strange)}")
    return wrong


async def joins(one: Visitor, answers: Answers | None = None) -> None:
    """Choose a password on the page behind an invitation, and say hello."""
    if one.language == "nl":
        await one.press("Lid worden", {"Wachtwoord": PASSWORD, **(answers or {})})
        assert one.path == "/welcome", one.text
        await one.press("Zeg hallo", {"Je eerste woorden": "Ik bouw een huis."})
    else:
        await one.press("Join", {"Password": PASSWORD, **(answers or {})})
        assert one.path == "/welcome", one.text
        await one.press("Say hello", {"Your first words": "I build a house."})


async def at_desk(steward: Visitor, *rooms: str) -> None:
    """Go to a page of the desk as its tabs lead there."""
    dutch = steward.language == "nl"
    await steward.follow("Bureau van de beheerder" if dutch else "Steward’s desk")
    for room in rooms:  # some of these words stand below each page, too
        await steward.follow(room, near="Te doen" if dutch else "To do")


@asynccontextmanager
async def empty_database(server_url: str) -> AsyncGenerator[str]:
    name = f"fedinet_story_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield with_database(server_url, name)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
