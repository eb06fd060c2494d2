"""kie.ai's Veo 3.1 routes: /api/v1/veo/generate, /extend, /record-info, /get-1080p-video."""
