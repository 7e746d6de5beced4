"""The tables of the documentation, made from the models' cards, from the code and from stored measurements.

A page marks where a table belongs::

    <!-- table: models -->
    ...
    <!-- /table -->

`python -m scripts.tables` measures what is out of date and writes all tables and images anew.
Measurements lie in ``benchmarks/measured``, each with a fingerprint of what it was made from (of what a model
computes, say), so whatever was made from something else is known to be stale, and nothing else is measured again.
tests/test_tables.py says when a table or a measurement is stale.
"""
