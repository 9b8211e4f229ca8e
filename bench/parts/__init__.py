"""What is measured, a file each: a part measures, keeps its figures, and tells them as Markdown."""
