"""What is read and printed beside the app: small pictures, the gallery, worksheets and a class's plan, as plain pages."""
