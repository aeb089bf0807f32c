"""Evaluation: whether what was done helped. A study is set up before its outcomes are known."""
