"""Sections of the report, one file each; the folder is the registry."""
