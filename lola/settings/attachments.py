"""What is done with voice notes and files that senders send: nothing, unless a setting says so."""

from pydantic import BaseModel, Field, SecretStr

from lola.settings.fields import NO_SECRET


class AttachmentSettings(BaseModel):
    """Voice notes are heard with a VOICE_MODEL, files are kept with FILES_KEPT_HOURS."""

    voice_model: str = Field("", pattern=r"^((gemini|openai):.+)?$")
    voice_base_url: str = Field("", pattern=r"^(https?://.+)?$")
    voice_api_key: SecretStr = NO_SECRET
    voice_seconds: float = Field(12.0, gt=0, le=60, description="fetching and writing down")
    voice_length_seconds: float = Field(120.0, gt=0, le=600, description="the longest note")
    voice_notes_per_day: int = Field(50, ge=0, description="of one sender; 0 is no limit")
    files_kept_hours: float = Field(0.0, ge=0, le=24 * 365, description="0 keeps no file")
    files_per_day: int = Field(10, ge=0, description="of one sender; 0 is no limit")
    file_bytes: int = Field(5 * 1024 * 1024, ge=1024, le=100 * 1024 * 1024)
