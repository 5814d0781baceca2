"""Nodes of one run share their routes, and nothing that one of them gets besides."""

from aiohttp import web

from tests.integration.same_routes import add_routes


async def test_routes_are_made_once_and_each_router_keeps_its_own_beside_them() -> None:
    wanted = [web.get(f"/{number}/{{name}}", _answer) for number in range(200)]
    one, two, other = web.UrlDispatcher(), web.UrlDispatcher(), web.UrlDispatcher()
    assert len(add_routes(one, wanted)) == len(add_routes(two, list(wanted))) == 200
    add_routes(other, [*wanted[:-1], web.get("/199/{other}", _answer)])
    assert list(one.resources()) == list(two.resources())
    assert [str(route.method) for route in one.routes()] == ["HEAD", "GET"] * 200
    assert list(other.resources())[-1].canonical == "/199/{other}"
    one.add_get("/0/{more}", _answer)
    assert (len(one.resources()), len(two.resources())) == (201, 200)
    assert [found.canonical for found in two._resource_index["/0"]] == ["/0/{name}"]
    few = web.UrlDispatcher()
    assert add_routes(few, wanted[:2]) and list(few.resources()) != list(one.resources())[:2]


async def _answer(_request: web.Request) -> web.Response:
    return web.Response()
