"""The one door to ffmpeg: command lines, processes, and which programs are used."""
