"""Gemini Omni over the Interactions API: the successor of Veo at Google."""
