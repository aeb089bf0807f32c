"""Published predictors of reoffending, by their published parameters. None of them is a simulation of RMS."""
