"""Who people are, and what they are to each other."""

from tests.integration.mastodon_py.stage import Stage, given_client
from tests.made_files import picture


def _profiles(stage: Stage) -> None:
    ada = stage.ada
    assert ada.me().acct == ada.account_verify_credentials().acct == "ada"
    changed = ada.account_update_credentials(
        display_name="Ada Lovelace",
        note="Counts #bread",
        avatar=picture(),
        avatar_mime_type="image/png",
        fields=[("Site", "https://ada.example")],
        discoverable=True,
        indexable=True,
    )
    assert (changed.display_name, changed.source.note) == ("Ada Lovelace", "Counts #bread")
    assert changed.fields[0].name == "Site"
    pictured = ada.profile_update(header=picture(), header_mime_type="image/png", bot=False)
    assert pictured.header is not None and "missing" not in pictured.header
    assert ada.profile().display_name == "Ada Lovelace"
    assert ada.account_delete_avatar().avatar != changed.avatar
    assert ada.account_delete_header().header != pictured.header
    assert ada.preferences()["posting:default:visibility"] == "private"
    assert stage.visitor.account(ada.me().id).acct == "ada"
    ids = [ada.me().id, stage.bob.me().id]
    assert [one.acct for one in ada.accounts(ids)] == ["ada", "bob"]


def _follows(stage: Stage) -> None:
    ada, bob = stage.ada, stage.bob
    ada_id, bob_id = ada.me().id, bob.me().id
    assert ada.account_follow(bob_id).following
    assert ada.account_follow(bob_id, notify=True).notifying
    assert not ada.account_follow(bob_id, notify=False, reblogs=False).showing_reblogs
    assert ada.account_follow(bob_id, reblogs=True).showing_reblogs
    assert bob.account_relationships([ada_id])[0].followed_by
    assert [one.acct for one in bob.account_followers(bob_id)] == ["ada"]
    assert [one.acct for one in ada.account_following(ada_id)] == ["bob"]
    assert bob.account_remove_from_followers(ada_id).followed_by is False
    assert ada.follows("bob").following
    assert bob.account_follow(ada_id).following
    assert not bob.account_unfollow(ada_id).following
    [shared] = ada.account_familiar_followers([bob_id])
    assert (shared.id, shared.accounts) == (bob_id, []), "who follows whom is for these two alone"
    assert ada.account_note_set(bob_id, "Bakes").note == "Bakes"
    assert ada.account_endorse(bob_id).endorsed
    assert not ada.account_unendorse(bob_id).endorsed
    assert ada.account_pin(bob_id).endorsed
    assert [one.acct for one in ada.endorsements()] == ["bob"]
    assert not ada.account_unpin(bob_id).endorsed


def _requests(stage: Stage) -> None:
    ada, bob = stage.ada, stage.bob
    bob.account_update_credentials(locked=True)
    ada.account_unfollow(bob.me().id)
    assert ada.account_follow(bob.me().id).requested
    [asking] = bob.follow_requests()
    assert not bob.follow_request_reject(asking.id).followed_by
    ada.account_follow(bob.me().id)
    assert bob.follow_request_authorize(ada.me().id).followed_by
    bob.account_update_credentials(locked=False)


def _silences(stage: Stage) -> None:
    ada, bob_id = stage.ada, stage.bob.me().id
    assert ada.account_mute(bob_id, duration=60).muting
    assert [one.acct for one in ada.mutes()] == ["bob"]
    assert not ada.account_unmute(bob_id).muting
    assert ada.account_block(bob_id).blocking
    assert [one.acct for one in ada.blocks()] == ["bob"]
    assert not ada.account_unblock(bob_id).blocking
    assert ada.account_follow(bob_id).following
    ada.domain_block("loud.example")
    assert ada.domain_blocks() == ["loud.example"]
    ada.domain_unblock("loud.example")
    assert ada.domain_blocks() == []
    ada.domain_block("louder.example")
    rule = ada.report(bob_id, comment="Too loud", category="spam")
    assert (rule.category, rule.target_account.acct) == ("spam", "bob")


def _tags(stage: Stage) -> None:
    ada = stage.ada
    ada.status_post("Two #loaves of #bread", visibility="public")
    assert ada.tag("bread").name == "bread"
    assert ada.tag_follow("bread").following
    assert [one.name for one in ada.followed_tags()] == ["bread"]
    assert not ada.tag_unfollow("bread").following
    assert ada.tag_feature("bread").featuring
    assert [one.name for one in ada.account_featured_tags(ada.me().id)] == ["bread"]
    assert not ada.tag_unfeature("bread").featuring
    ada.featured_tag_suggestions()
    shown = ada.featured_tag_create("loaves")
    assert [one.name for one in ada.featured_tags()] == ["loaves"]
    ada.featured_tag_delete(shown)
    assert ada.featured_tags() == []


def _found(stage: Stage) -> None:
    ada, bob = stage.ada, stage.bob
    assert ada.account_lookup("bob").acct == ada.account_search("bo")[0].acct == "bob"
    carl = stage.wait(given_client(stage, "carl"))
    carl.account_update_credentials(
        discoverable=True, avatar=picture(), avatar_mime_type="image/png"
    )
    assert "carl" in [one.acct for one in ada.directory()]
    assert [one.account.acct for one in bob.suggestions_v2()] == ["carl", "ada"]
    assert bob.suggestions()[0].acct == "carl"
    assert [one.acct for one in bob.suggestions_v1()] == ["carl", "ada"]
    bob.suggestion_delete(carl.me().id)
    assert [one.account.acct for one in bob.suggestions_v2()] == ["ada"]


SCENES = (_profiles, _follows, _requests, _silences, _tags, _found)
