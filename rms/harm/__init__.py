"""The harm of crime: how severe an offence is, and the harm score of a person (`rms-harm-1`).

The formula of the score is RMS’s own. The police formula is not public.
"""
