"""The storyboard file: read with positions, checked against the schema, made into frozen values."""
