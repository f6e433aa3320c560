"""Which model serves? Versions and their pointer, where they come from, and when a challenger replaces the champion."""
