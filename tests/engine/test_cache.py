"""What the small memories keep, and that forgetting is an answer too."""

from __future__ import annotations

from redis import Redis

from worker.engine.cache import Cache

UNIT = "github:acme/pay#12"


def test_a_wiped_cache_answers_nothing_everywhere(redis_client: Redis) -> None:
    cache = Cache(redis_client)
    assert cache.cursor("github:acme/pay") == ""
    assert cache.owner_of("github:acme/pay#13") is None
    assert cache.enrolled() == ()
    assert not cache.is_enrolled(UNIT)
    assert cache.concerns("octocat") == ()
    assert cache.dossier(UNIT) is None
    assert cache.dossiers([UNIT]) == {}
    assert cache.dossiers([]) == {}


def test_what_was_put_in_comes_out(redis_client: Redis) -> None:
    cache = Cache(redis_client)
    cache.set_cursor("github:acme/pay", '{"since": "2026-11-02"}')
    cache.set_owners(UNIT, ["github:acme/pay#13", "github:acme/web#1"])
    cache.set_owners(UNIT, [])
    cache.enrol(UNIT)
    cache.set_dossier(UNIT, b"\x00\xff")
    assert cache.cursor("github:acme/pay") == '{"since": "2026-11-02"}'
    assert cache.owner_of("github:acme/web#1") == UNIT
    assert cache.enrolled() == (UNIT,)
    assert cache.dossiers(["github:acme/pay#99", UNIT]) == {UNIT: b"\x00\xff"}
    assert redis_client.ttl(f"ft:dossier:{UNIT}") > 0
    cache.clear_cursors()
    cache.forget_owner("github:acme/web#1")
    cache.unenrol(UNIT)
    cache.forget_dossier(UNIT)
    assert (cache.cursor("github:acme/pay"), cache.owner_of("github:acme/web#1")) == ("", None)
    assert (cache.enrolled(), cache.dossier(UNIT)) == ((), None)


def test_who_is_no_longer_concerned_no_longer_sees_the_unit(redis_client: Redis) -> None:
    cache = Cache(redis_client)
    cache.concern(UNIT, ["ada", "سلمى"])
    cache.concern("jira:OPS-7", ["ada"])
    assert cache.concerns("ada") == (UNIT, "jira:OPS-7")
    assert cache.concerns("سلمى") == (UNIT,)
    cache.concern(UNIT, ["grace"])
    assert cache.concerns("ada") == ("jira:OPS-7",)
    assert cache.concerns("سلمى") == ()
    assert cache.concerns("grace") == (UNIT,)
    cache.concern(UNIT, [])
    assert cache.concerns("grace") == ()
