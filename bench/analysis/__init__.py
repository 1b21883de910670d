"""How good the analysis is: marked pages, and the share of the marks that an engine finds."""
