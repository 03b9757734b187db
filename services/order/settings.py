"""What order-service is told. Times are seconds."""

from pydantic import Field, HttpUrl

from services.common.settings import QueueSettings


class OrderSettings(QueueSettings):
    """Settings of order-service."""

    user_service_url: HttpUrl
    user_timeout_seconds: float = Field(2.0, gt=0, le=30, description="for the user check, all tries together")
    user_cache_seconds: float = Field(5.0, ge=0, le=300, description="how long a confirmed user is believed; 0: never")
    notification_service_url: HttpUrl
    relay_enabled: bool = True
    idempotency_hours: float = Field(24, gt=0)
    outbox_hours: float = Field(
        18 * 24,
        gt=0,
        description="how long published events are kept: for as long as the queue and its DLQ may have them",
    )
