"""What is measured of a trained classifier: one file a protocol.

A protocol is a class with plain arguments and ``__call__(subject: Subject) -> Findings``; its
``title`` heads its part of the report. ``conf/protocols/NAME.yaml`` lists its arguments below NAME.
"""
