"""What the files of a project say about each other: facts, links, apply sets and gates."""
