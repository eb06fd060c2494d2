"""What a run is told about its surroundings: environment, longtake.toml, keys, addresses."""
