"""Which model serves?"""
