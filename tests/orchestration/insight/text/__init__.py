"""What customers write: the labelled messages, languages, sentiment, topics."""
