"""From the runs of a store to a page."""
