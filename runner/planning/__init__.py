"""What a run will do, with reasons and prices. Pure: no disk, no clock, no working directory."""
