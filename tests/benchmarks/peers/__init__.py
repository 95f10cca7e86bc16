"""What the harness is measured against: the same job, written as people write it with other tools."""
