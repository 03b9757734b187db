"""What notification-service is told. Times are seconds."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from services.common.settings import QUEUE_NAME, QueueSettings


class NotificationSettings(QueueSettings):
    """Settings of notification-service."""

    redis_host: str
    redis_port: int = Field(6379, ge=1, le=65535)
    redis_password: SecretStr | None = None
    redis_tls: bool = Field(default=False, description="its certificate must be one that the system trusts")
    order_dlq: str = Field("order-dlq", pattern=QUEUE_NAME)
    consumer_enabled: bool = True
    consumers: int = Field(8, ge=1, le=64, description="batches of ten worked on at once")
    visibility_seconds: int = Field(30, ge=2, le=43200, description="how long a received message stays hidden")
    lease_seconds: float = Field(20, gt=0, le=3600, description="how long one worker has an event for itself")

    @model_validator(mode="after")
    def _lease_ends_before_redelivery(self) -> Self:
        """Refuse a lease that a redelivered message would meet: each refusal counts as a receive."""
        if self.lease_seconds >= self.visibility_seconds:
            raise ValueError("LEASE_SECONDS must be less than VISIBILITY_SECONDS")
        return self
