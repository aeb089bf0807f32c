"""Predictions of becoming high harm: models, predictions, and what they are made from."""
