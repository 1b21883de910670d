"""What an installation needs before its services start, as code that can be run again at any time.

secrets -> broker, database, store. Knows messaging and storage, as the relay does; no service imports it.
"""
