"""What happens around each epoch, one concern a file; `fit` puts them in order."""
