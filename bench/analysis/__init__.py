"""How good the analysis is: pages marked by a human, and the share of the marks that an engine finds."""
