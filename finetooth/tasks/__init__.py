"""Which step is it? One thin Prefect task a file."""

import os

# Prefect reads these when it is imported. Its embedded server needs more than the 20 s that it gives itself, and
# nothing is to be sent anywhere.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
