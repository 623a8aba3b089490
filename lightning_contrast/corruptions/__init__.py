"""Damage that inputs meet in use, in five severities: one file a kind.

A corruption of images is ``(images (n, C, H, W) in [0, 1], severity, torch.Generator) -> images``,
one of texts ``(text, severity, random.Random) -> text`` (never an empty one). With the same
generator a higher severity is the same damage, only more of it. ``modality`` says which it is;
``levels`` are the strengths of severities 1 to 5. After Hendrycks and Dietterich 2019
(arXiv:1903.12261).
"""
