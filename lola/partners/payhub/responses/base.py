"""What the response bodies of RaaS have in common."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class CamelBody(BaseModel):
    """A body with field names in camel case. Unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")
