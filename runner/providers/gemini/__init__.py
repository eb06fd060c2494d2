"""Veo 3.1 on the Gemini API: long-running operations, whole videos, files behind the key."""
