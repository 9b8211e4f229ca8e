"""Who must hear, and when: policy and message. Pure."""
