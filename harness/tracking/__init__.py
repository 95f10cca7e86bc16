"""Where runs are kept: loggers write them, a store finds, reads and resumes them."""
