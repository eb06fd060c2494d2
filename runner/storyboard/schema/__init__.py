"""The JSON Schema, and its findings in plain words."""
