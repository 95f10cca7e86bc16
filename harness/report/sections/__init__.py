"""The findings of a report, one section a file: results in, sentences, tables and pictures out."""
