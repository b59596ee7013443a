"""Reading labelled texts and documents, from files and data sets."""
