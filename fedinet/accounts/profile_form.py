"""The profile form: what was typed becomes a change of an actor, and back."""

from fedinet.accounts.model import (
    MAX_BIO,
    MAX_DOMAINS,
    MAX_FIELD_NAME,
    MAX_FIELD_VALUE,
    MAX_FIELDS,
    MAX_NAME,
    check_text,
    read_domains,
    tidy,
    tidy_lines,
)
from fedinet.actors.model import Actor, ProfileChange, ProfileField
from fedinet.http.forms import Form
from fedinet.http.params import Params
from fedinet.kernel.errors import Malformed
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_, Problem
from fedinet.markup.compose import render
from fedinet.markup.outline import without_headings
from fedinet.markup.sanitise import plain_text

_SHOWN = ("show_media", "show_media_replies", "show_featured")


def form_of(actor: Actor) -> Form:
    """The profile as its owner edits it."""
    values = {"display_name": actor.name, "bio": actor.summary_source}
    for number, field in enumerate(actor.fields[:MAX_FIELDS], start=1):
        values[f"field-{number}-name"] = field.name
        values[f"field-{number}-value"] = plain_text(field.value)
    for name in ("approves_followers", "discoverable", "indexable"):
        values[name] = "1" if getattr(actor, name) else "0"
    for name in _SHOWN:
        values[name] = "1" if getattr(actor.presentation, name) else "0"
    values["is_automatic"] = "1" if actor.kind == "Service" else "0"
    values["attribution_domains"] = "\n".join(actor.presentation.attribution_domains)
    return Form(values)


def read_profile(fields: Params, *, uris: NodeUris) -> tuple[ProfileChange, Form]:
    """Read the posted form. The ``Form`` has what was typed, and what to put right."""
    name, bio = tidy(fields.text("display_name")), tidy_lines(fields.text("bio"))
    rows, problems = _read_rows(fields, uris)
    problems += check_text("display_name", name, most=MAX_NAME)
    problems += check_text("bio", bio, most=MAX_BIO)
    values = {"display_name": fields.text("display_name"), "bio": fields.text("bio")}
    for number in range(1, MAX_FIELDS + 1):
        for part in ("name", "value"):
            values[f"field-{number}-{part}"] = fields.text(f"field-{number}-{part}")
    for box in ("approves_followers", "discoverable", "indexable", "is_automatic", *_SHOWN):
        values[box] = "1" if fields.flag(box) else "0"
    domains, wrong = _read_domains(fields.text("attribution_domains"))
    values["attribution_domains"] = fields.text("attribution_domains")
    problems += wrong
    change = ProfileChange(
        name=name,
        summary_source=bio,
        summary_html=as_html(bio, uris=uris),
        fields=rows,
        approves_followers=fields.flag("approves_followers"),
        discoverable=fields.flag("discoverable"),
        indexable=fields.flag("indexable"),
        is_automatic=fields.flag("is_automatic"),
        show_media=fields.flag("show_media"),
        show_media_replies=fields.flag("show_media_replies"),
        show_featured=fields.flag("show_featured"),
        attribution_domains=domains,
    )
    return change, Form(values, tuple(problems))


def as_html(source: str, *, uris: NodeUris) -> str:
    """A bio as HTML: paragraphs, links and hashtags; nobody is mentioned by it."""
    if not source:
        return ""
    return without_headings(render(source, mentions={}, tag_url=uris.tag_page).html)


def field_html(value: str, *, uris: NodeUris) -> str:
    """The value of a profile line: like a bio, without the paragraph around it."""
    html = as_html(value, uris=uris)
    if html.count("<p>") == 1 and html.startswith("<p>") and html.endswith("</p>"):
        return html.removeprefix("<p>").removesuffix("</p>")
    return html


def _read_domains(typed: str) -> tuple[tuple[str, ...], list[Problem]]:
    try:
        domains = read_domains(typed.split())
    except Malformed:
        return (), [Problem("attribution_domains", N_("Write one site in a line: blog.example"))]
    if len(domains) > MAX_DOMAINS:
        most = N_("%(most)d sites are the most.")
        return (), [Problem("attribution_domains", most, {"most": MAX_DOMAINS})]
    return domains, []


def _read_rows(fields: Params, uris: NodeUris) -> tuple[tuple[ProfileField, ...], list[Problem]]:
    rows: list[ProfileField] = []
    problems: list[Problem] = []
    for number in range(1, MAX_FIELDS + 1):
        label, content = f"field-{number}-name", f"field-{number}-value"
        name, value = tidy(fields.text(label)), tidy(fields.text(content))
        problems += check_text(label, name, most=MAX_FIELD_NAME)
        problems += check_text(content, value, most=MAX_FIELD_VALUE)
        if value and not name:
            problems.append(Problem(label, N_("Say what this line is about.")))
        if name and value:
            rows.append(ProfileField(name, field_html(value, uris=uris)))
    return tuple(rows), problems
