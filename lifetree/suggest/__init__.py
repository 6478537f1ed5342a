"""Drafting a project from data files: what the columns hold, how they are compared, and where candidates are found."""

from lifetree.suggest.draft import Draft, SubjectDraft, draft_of
from lifetree.suggest.writing import project_text, refuse_existing, write_project

__all__ = ["Draft", "SubjectDraft", "draft_of", "project_text", "refuse_existing", "write_project"]
