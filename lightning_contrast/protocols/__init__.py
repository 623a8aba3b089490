"""What is measured of a trained classifier: one file a protocol, ``protocol.py`` their base."""
