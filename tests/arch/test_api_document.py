"""``schemas/openapi.yaml`` is what its parts make, and says what strict apps need."""

from collections.abc import Iterator
from typing import cast

import pytest
from openapi_spec_validator import validate

from tests.contract.bundle import WHOLE, bundle, entities, written
from tests.contract.golden import GOLDEN
from tests.contract.judge import complaints
from tests.contract.notation import BadNotationError, read_entity, read_type
from tests.contract.router import operations

ID, TIME = "#/components/schemas/Id", "#/components/schemas/Time"


def test_the_document_is_what_its_parts_make() -> None:
    assert WHOLE.read_text() == written(), "schemas/openapi/ has changed: run `make openapi`"


def test_it_is_openapi() -> None:
    validate(bundle())


def test_every_entity_that_is_named_is_there_and_no_other() -> None:
    text = WHOLE.read_text()
    unused = [name for name in entities() if f"'#/components/schemas/{name}'" not in text]
    assert not unused, f"no operation answers with them: {unused}"


def test_every_operation_of_the_router_is_documented_and_no_other() -> None:
    documented = {
        (method.upper(), path) for path, one in bundle()["paths"].items() for method in one
    }
    made = operations()
    missing = [
        f"{method} {path}  ({made[method, path]})" for method, path in made.keys() - documented
    ]
    gone = [f"{method} {path}" for method, path in documented - made.keys()]
    said = "\n".join(sorted(missing))
    assert not missing, (
        f"not in schemas/openapi/rooms/ (docs/api-document.md: Add an operation):\n{said}"
    )
    assert not gone, f"in schemas/openapi/rooms/, and nowhere else: {sorted(gone)}"


def test_what_apps_sort_and_parse_has_one_form_everywhere() -> None:
    """Facts of the Mastodon API: ids are text, moments have milliseconds and end in Z."""
    others = {
        f"{entity}.{name}"
        for entity, schema in entities().items()
        for name, what in schema.get("properties", {}).items()
        if (name.endswith("_at") and TIME not in str(what))
        or ((name == "id" or name.endswith("_id")) and ID not in str(what))
    }
    assert others == {
        *("NotificationGroup.most_recent_notification_id", "ScheduledParams.application_id"),
        *("Tag.id", "WebPushSubscription.id", "PushMessage.notification_id"),
        *(f"{app}.client_id" for app in ("CredentialApplication", "Introspection")),
        *("RegisteredClient.client_id", "RegisteredClient.client_secret_expires_at"),
        *("CredentialApplication.client_secret_expires_at", "Token.created_at"),  # RFC 7591
        *("Account.last_status_at", "CredentialAccount.last_status_at"),  # days
        *("MutedAccount.last_status_at", "FeaturedTag.last_status_at"),
        "ScheduledParams.scheduled_at",  # null
        *("StatusForm.scheduled_at", "MeasuresForm.start_at", "MeasuresForm.end_at"),  # sent to us
    }


@pytest.mark.parametrize(
    ("notation", "schema"),
    [
        ("string | null", {"type": ["string", "null"]}),
        ("list(words(a b))", {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}),
        (
            "map(Id | null)",
            {
                "type": "object",
                "additionalProperties": {"anyOf": [{"$ref": ID}, {"type": "null"}]},
            },
        ),
        (
            {"a": "integer", "b?": "boolean"},
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}},
                "required": ["a"],
                "additionalProperties": False,
            },
        ),
    ],
)
def test_the_notation_is_read(notation: object, schema: object) -> None:
    assert read_type(notation) == schema


@pytest.mark.parametrize("nonsense", ["text", "list(", "list(text)", "", 5, None, "a | b"])
def test_what_is_no_notation_is_refused(nonsense: object) -> None:
    with pytest.raises(BadNotationError):
        read_type(nonsense)


def test_an_entity_says_its_fields_or_its_schema() -> None:
    for wrong in ({}, {"about": "x"}, {"fields": {}, "schema": {}}, {"fields": {}, "more": 1}):
        with pytest.raises(BadNotationError):
            read_entity("X", wrong, {})


@pytest.mark.parametrize(
    ("status", "media", "body", "said"),
    [
        (200, "application/json", b'{"count":1}', None),
        (200, "application/json", b'{"count":null}', "count: null is not of type"),
        (200, "application/json", b'{"count":1,"more":1}', "Additional properties"),
        (200, "application/json", b"{}", '"count" is a required property'),
        (200, "text/html", b"", "200 as text/html, not application/json"),
        (202, "application/json", b'{"count":1}', "202, where only 200"),
        (200, "application/json", b'{"count":', "no JSON: "),
        (401, "application/json", b'{"error":1}', "error: 1 is not of type"),
    ],
)
def test_an_answer_that_is_not_as_documented_is_told(
    status: int, media: str, body: bytes, said: str | None
) -> None:
    found = complaints("GET", "/api/v1/notifications/unread_count", status, media, body)
    assert (found == []) if said is None else said in found[0]


def test_where_the_api_is_nothing_goes_unjudged() -> None:
    assert complaints("GET", "/api/v9/surprise", 200, "application/json", b"{}")
    assert not complaints("GET", "/about", 200, "text/html", b"")


def test_of_several_forms_the_nearest_is_told() -> None:
    body = b'{"home":{"last_read_id":"1","version":null,"updated_at":"2026-01-01T00:00:00.000Z"}}'
    [said] = complaints("GET", "/api/v1/markers", 200, "application/json", body)
    assert said.startswith("200: home/version: null is not")
    body = b'{"id":"1","content":""}'
    said = complaints("POST", "/api/v1/statuses", 200, "application/json", body)[0]
    assert "is a required property" in said


_WITHOUT_GOLDEN = {
    "AuthorizationServer": "RFC 8414: held against the document by tests/integration/test_oauth.py",
    "Embed": "oEmbed 1.0",
    "Empty": "has no fields",
    "ExistingDomainBlock": "an error with an AdminDomainBlock in it",
    "HostMeta": "RFC 6415",
    "Introspection": "RFC 7662",
    "NodeInfo": "NodeInfo 2.0 and 2.1",
    "NodeInfoLinks": "NodeInfo 2.0 and 2.1",
    "Nothing": "an empty list",
    "Problem": "RFC 9457",
    "RegisteredClient": "RFC 7591",
    "WebFinger": "RFC 7033",
    "Week": "says the present week",
}


def test_every_entity_of_mastodon_that_is_answered_has_its_golden_file() -> None:
    answered = {
        name
        for operations_there in bundle()["paths"].values()
        for operation in operations_there.values()
        for answer in operation["responses"].values()
        for media in answer.get("content", {}).values()
        for name in _named(media.get("schema", {}))
    }
    golden = {path.stem.partition("_")[0] for path in GOLDEN.glob("*.json")}
    assert answered - golden == _WITHOUT_GOLDEN.keys(), "tests/integration/test_golden_entities.py"


def _named(schema: object) -> Iterator[str]:
    """The entities that a schema names itself, without those inside them."""
    if isinstance(schema, dict):
        known = cast("dict[str, object]", schema)
        if isinstance(there := known.get("$ref"), str):
            yield there.rpartition("/")[2]
        for one in known.values():
            yield from _named(one)
    elif isinstance(schema, list):
        for one in cast("list[object]", schema):
            yield from _named(one)
