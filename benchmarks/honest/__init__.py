"""Honest tables, on which no check may stop a run: generated ones by kind, and real ones with their declarations."""
