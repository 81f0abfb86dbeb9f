"""The optimiser: arrays in, an allocation and its proof out. It knows nothing of civil servants.

``problem`` says what may be granted, ``solve`` finds a plan and a bound, ``verify`` trusts neither of them.
"""
