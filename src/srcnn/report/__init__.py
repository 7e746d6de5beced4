"""A report of saved scores: tables, figures, and one page with all of them; nothing is measured here."""
