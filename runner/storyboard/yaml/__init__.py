"""The storyboard as YAML: read strictly, with the place of everything."""
