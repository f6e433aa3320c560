"""May it be trusted? One function a check."""
