"""The words that columns with a fixed set of values accept."""

AREA_KINDS = ("force", "local_policing_area", "neighbourhood", "ward")  # from the largest to the smallest
STAGES = ("suspected", "charged", "awaiting_court", "convicted")  # in the order in which a case goes on
OUTCOMES = range(1, 23)  # Home Office outcome numbers
CHARGED_OUTCOME = 1  # charged or summonsed: the case goes on in court
SENTENCE_KINDS = ("custody", "suspended", "community", "other")
REGISTRATION_KINDS = ("iom", "mappa", "home_office_interest", "domestic_abuse")
COHORTS = ("fixed", "flex", "free")
MAPPA_LEVELS = ("1", "2", "3")
LEVELS = {"iom": COHORTS, "mappa": MAPPA_LEVELS}  # kind of registration → its levels
DRUG_MARKERS = ("personal_use", "class_a_dependent", "supply")  # from the lightest to the heaviest
GRADES = ("A", "B", "C", "D", "E")  # reliability of an intelligence report
ASSOCIATION_KINDS = ("co_offending", "family", "gang", "other")
