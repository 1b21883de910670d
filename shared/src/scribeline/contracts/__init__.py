"""The words the services speak to each other: pydantic only, no input or output."""
