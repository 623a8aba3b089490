"""Damage that inputs meet in use, in five severities: one file a kind.

With the same generator a higher severity is the same damage, only more of it. After Hendrycks and
Dietterich 2019 (arXiv:1903.12261). ``corruption.py`` has the bases.
"""
