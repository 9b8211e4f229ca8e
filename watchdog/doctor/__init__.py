"""What is wrong with the way to a database, judged from facts. Pure: whoever asks the server stands elsewhere."""
