"""A report of saved scores: tables, figures and one page that holds them all. Nothing is measured here."""
