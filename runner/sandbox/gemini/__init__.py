"""Veo on the Gemini API: long-running operations, files behind the key, combined extensions."""
