"""How what is due leaves: claimed, looked at once more, handed to the mail server, settled.

`claims` knows the rows, `wire` the mail server, `answers` what the server's words mean, `sender` and `invitations` put
them together. Nothing here holds a lock or a transaction while it talks to a mail server.
"""
