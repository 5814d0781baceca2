"""What of ours a WebFinger resource means, on a split domain."""

import pytest

from fedinet.discovery.model import Named, Resource, TheNode, read_resource
from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of

URIS = NodeUris(origin_of("https://social.our.example"))
OURS = Domain("our.example")
ADA = Named("ada")


@pytest.mark.parametrize(
    ("raw", "means"),
    [
        pytest.param("acct:ada@our.example", ADA, id="account domain"),
        pytest.param("acct:ada@social.our.example", ADA, id="web domain"),
        pytest.param("acct:ada@OUR.example.", ADA, id="one domain, another spelling"),
        pytest.param("ada@our.example", ADA, id="without acct"),
        pytest.param("@ada@our.example", ADA, id="with the first at"),
        pytest.param("https://social.our.example/users/ada", ADA, id="actor id"),
        pytest.param("https://social.our.example/@ada", ADA, id="page"),
        pytest.param("acct:our.example@our.example", TheNode(), id="node actor"),
        pytest.param("https://social.our.example/", TheNode(), id="address of the node"),
        pytest.param("https://social.our.example", TheNode(), id="address without a slash"),
        pytest.param("https://our.example/", TheNode(), id="account domain's address"),
        pytest.param("https://social.our.example/actor", TheNode(), id="id of the node actor"),
        pytest.param("our.example", TheNode(), id="bare host"),
        pytest.param("acct:ada@b.example", None, id="elsewhere"),
        pytest.param("acct:ada@our.example.evil.example", None, id="mere prefix"),
        pytest.param("acct:ada@not-our.example", None, id="mere suffix"),
        pytest.param("http://social.our.example/users/ada", None, id="another scheme"),
        pytest.param("https://social.our.example:8443/users/ada", None, id="another port"),
        pytest.param("https://social.our.example.evil.example/", None, id="address prefix"),
        pytest.param("https://social.our.example/users/ada/inbox", None, id="part of an actor"),
        pytest.param("https://social.our.example/posts/1", None, id="a post"),
        pytest.param("ada", None, id="bare name"),
        pytest.param("mailto:ada@our.example/x", None, id="path in the domain"),
    ],
)
def test_a_resource_is_ours_or_not(raw: str, means: Resource | None) -> None:
    assert read_resource(raw, URIS, OURS) == means


@pytest.mark.parametrize("raw", ["", "  ", "acct:" + "a" * 3000 + "@our.example"])
def test_no_resource_is_a_mistake_of_the_asker(raw: str) -> None:
    with pytest.raises(Malformed):
        read_resource(raw, URIS, OURS)
