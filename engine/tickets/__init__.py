"""Tickets: faults on their way back to the department that delivered them, until a rule has seen them mended."""

from engine.tickets.answers import Answers, read_answers
from engine.tickets.comparison import compared, opened
from engine.tickets.ledger import Ledger, append_events, ledger, open_ledger
from engine.tickets.observation import Observation, observe, record_versions
from engine.tickets.states import CLOSED, OPEN, STATES, ticket_states
from engine.tickets.tables import TICKET_EVENTS, TICKETS

__all__ = [
    "CLOSED", "OPEN", "STATES", "TICKETS", "TICKET_EVENTS", "Answers", "Ledger", "Observation", "append_events",
    "compared", "ledger", "observe", "open_ledger", "opened", "read_answers", "record_versions",
    "ticket_states",
]  # fmt: skip
