"""The prediction of becoming high harm: a statistical model, trained on an agency's own history.

It is neither the harm score, which looks back, nor an example-based simulation.
"""
