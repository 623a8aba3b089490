"""Reads the user's files row by row: tables, lines of text, images, folders of images."""
