"""The base of every answer."""

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """A field that is added later has a default, so that a newer client reads an older server's answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)
