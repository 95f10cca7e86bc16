"""What proposes the next values, one oracle of keras-tuner a file."""
