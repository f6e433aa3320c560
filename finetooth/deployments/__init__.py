"""Where and when does it run?"""
