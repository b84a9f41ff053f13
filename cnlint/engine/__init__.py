"""The two stages of a run, and what surrounds them: discovery, cache, processes, suppression, baseline."""
