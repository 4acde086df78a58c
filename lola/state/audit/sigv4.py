"""Signs one PUT of an object for an S3-compatible server with AWS Signature Version 4.

The whole of what the audit sink needs: one request, its body hashed, no query, no session token.
"""

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, urlsplit

_SIGNED = "host;x-amz-content-sha256;x-amz-date"


def signed_headers(
    url: str, body: bytes, *, at: datetime, region: str, key_id: str, secret: str
) -> dict[str, str]:
    """Return the headers that make a PUT of `body` to `url` acceptable. `at` is in UTC.

    The path of `url` must hold only characters that need no escaping.
    """
    parts = urlsplit(url)
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    scope = f"{at:%Y%m%d}/{region}/s3/aws4_request"
    payload = hashlib.sha256(body).hexdigest()
    request = "\n".join(
        (
            "PUT",
            quote(parts.path, safe="/-_.~"),
            "",
            f"host:{parts.netloc}",
            f"x-amz-content-sha256:{payload}",
            f"x-amz-date:{stamp}",
            "",
            _SIGNED,
            payload,
        )
    )
    digest = hashlib.sha256(request.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    return {
        "Host": parts.netloc,
        "X-Amz-Date": stamp,
        "X-Amz-Content-Sha256": payload,
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, "
            f"SignedHeaders={_SIGNED}, Signature={signature}"
        ),
    }
