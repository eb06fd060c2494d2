"""Gemini Omni over the Interactions API."""
