"""Where copies of the audit trail go."""

from collections.abc import Iterator

from pydantic import BaseModel, Field, SecretStr

from lola.errors import ConfigurationError
from lola.settings.fields import NO_SECRET


class AuditSettings(BaseModel):
    """A file, a bucket of an S3-compatible server, both, or none."""

    audit_file: str = ""
    audit_s3_url: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:_-]+(/[A-Za-z0-9._-]+)+/?)?$")
    audit_s3_region: str = "us-east-1"
    audit_s3_key_id: str = ""
    audit_s3_secret: SecretStr = NO_SECRET

    def audit_problems(self, *, is_production: bool) -> Iterator[ConfigurationError]:
        """Yield what is wrong with a bucket: no encryption, or no credentials."""
        if not self.audit_s3_url:
            return
        if is_production and self.audit_s3_url.startswith("http://"):
            yield ConfigurationError("AUDIT_S3_URL", "must be https in production")
        for name in ("audit_s3_key_id", "audit_s3_secret"):
            value = getattr(self, name)
            if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
                yield ConfigurationError(name.upper(), "is required with AUDIT_S3_URL")
