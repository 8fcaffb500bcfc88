"""Hostile files, faults and kills, in numbers; ``python -m tests.drill`` runs all of them."""
