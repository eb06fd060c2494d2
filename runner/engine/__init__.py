"""The only place that knows storyboards, providers, media and state together: validate, plan, run, film."""
