"""Others' data, brought and written in our form: one file a data set, whose ``write(folder,
downloads)`` fills the folder and returns a line that says what is in it."""
