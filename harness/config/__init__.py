"""From overrides to objects: what each key decides, what may be built, and what is said of a wrong key."""
