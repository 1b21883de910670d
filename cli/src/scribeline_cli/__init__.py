"""The `scribeline` command. One file per group of commands; `main.py` puts them together."""
