"""Files of pictures and sound: find ffmpeg, download, probe, judge, join."""
