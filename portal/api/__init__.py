"""The API for programs: what the pages show and do, as JSON under `/api/v1`.

What belongs here: addresses, answers and their description. Everything goes through the services that the pages use; a
filter, a right or a rule of casework that only the API has would be a second truth.
"""
