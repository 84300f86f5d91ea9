"""Proposals: a notebook run by papermill, made into a page that opens anywhere."""
