"""What a person gives, read row by row: tables, lines of text, images, folders of them."""
