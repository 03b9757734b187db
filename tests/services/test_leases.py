"""Leases: one worker has an event, for a time that Redis alone measures."""

from uuid import uuid4

from redis.asyncio import Redis

from services.notification.leases import Claim, Leases


async def test_a_lease_runs_on_redis_clock_and_is_released_only_by_its_owner(redis: Redis) -> None:
    told = uuid4()
    first, second = Leases(redis, 30), Leases(redis, 30)
    token, claims = await first.claim([told])
    assert claims == [Claim.OURS]
    assert (await second.claim([told]))[1] == [Claim.HELD]
    await second.release([told], "somebody else's token")
    assert (await second.claim([told]))[1] == [Claim.HELD]
    assert 29_000 < await redis.pttl(f"event:{told}") <= 30_000
    await first.release([told], token)
    assert (await second.claim([told]))[1] == [Claim.OURS]
    await second.done([told])
    assert (await first.claim([told]))[1] == [Claim.DONE]
