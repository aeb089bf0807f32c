"""The prediction of becoming high harm."""
