"""Tables with a trap each, by kind: what the checks must find, planted in files that a run reads."""
