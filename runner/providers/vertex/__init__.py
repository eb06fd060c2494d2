"""Veo 3.1 on Vertex AI: long-running operations, results in a bucket, Google's own sign-in."""
