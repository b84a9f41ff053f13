"""Rules by which the tool speaks of the files it reads."""
