"""kie.ai's Veo API: the `/api/v1/veo` routes, credits, links and uploads."""
