"""`python -m services.notification redrive`: brings what is in the DLQ back to the queue, when its cause is mended."""

import sys
import time
from itertools import batched

from services.common.sqs import AWAY, BATCH, Incoming, Outgoing, Queue
from services.notification.settings import NotificationSettings

_ASKED = 2  # seconds: a long poll asks all of SQS' servers, a short one some, and may find nothing where there is
_HIDDEN = 60  # seconds that a message stays out of others' hands while it is moved


async def redrive(settings: NotificationSettings) -> tuple[int, int]:
    """Move what was in the DLQ when we began; return how many were moved and how many SQS did not take back.

    A message leaves the DLQ only after the queue has it, so that a crash between the two repeats it, never loses it.
    What fails again and returns meanwhile is out of the way until the end, and left for the next call.
    """
    began = int(time.time() * 1000)
    dlq, queue = Queue(settings, settings.order_dlq, 1), Queue(settings, settings.order_queue, 1)
    moved = refused = 0
    new: dict[str, str] = {}
    found = time.monotonic()
    try:
        while messages := await dlq.receive(wait=_ASKED, visibility=_HIDDEN):
            old = [message for message in messages if message.sent_ms <= began]
            new |= {message.id: message.handle for message in messages if message.sent_ms > began}
            if old:
                found = time.monotonic()
                taken = await queue.send([Outgoing(str(n), m.body, _attributes(m)) for n, m in enumerate(old)])
                back = [message.handle for n, message in enumerate(old) if str(n) in taken]
                if back:
                    await dlq.delete(back)
                moved, refused = moved + len(back), refused + len(old) - len(back)
            elif time.monotonic() - found > _HIDDEN:  # new ones come without end, and those seen first come again
                break
        for handles in batched(new.values(), BATCH, strict=False):
            await dlq.hide(handles, 0)
    finally:
        dlq.close()
        queue.close()
    return moved, refused


def _attributes(message: Incoming) -> dict[str, str]:
    return {name: value for name, value in message.attributes.items() if value}


async def command(settings: NotificationSettings) -> None:
    """Redrive and say how many; exit code 1 when SQS did not answer or did not take all."""
    try:
        moved, refused = await redrive(settings)
    except AWAY as error:
        sys.stderr.write(f"redrive: {error}; run it again when SQS answers\n")
        raise SystemExit(1) from None
    sys.stdout.write(f"moved {moved} message{'' if moved == 1 else 's'} back to {settings.order_queue}\n")
    if refused:
        sys.stderr.write(f"redrive: {refused} were not taken and stay in {settings.order_dlq}; run it again\n")
        raise SystemExit(1)
