"""From a series or windows to a `Dataset`: cut, split in time order, scaled."""
