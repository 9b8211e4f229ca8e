"""Row counts, judged: readings -> suspicion -> verdict. Pure."""
