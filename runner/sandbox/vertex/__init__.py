"""Veo on Vertex AI: long-running operations, a bucket, and tokens."""
