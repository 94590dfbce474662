"""What stands alike in all versions of ERN: the header, and the lines of rights."""

from __future__ import annotations

from maxbooster_kernel.ddex.node import group, text

P_LINE = group("PLine", text("Year", "year"), text("PLineText", "text"), each="p_line", shared=True)
C_LINE = group("CLine", text("Year", "year"), text("CLineText", "text"), each="c_line", shared=True)
HEADER = group(
    "MessageHeader",
    text("MessageThreadId", "thread_id"),
    text("MessageId", "message_id"),
    group("MessageSender", text("PartyId", "sender_id"), group("PartyName", text("FullName", "sender_name"))),
    group("MessageRecipient", text("PartyId", "recipient_id"), group("PartyName", text("FullName", "recipient_name"))),
    text("MessageCreatedDateTime", "created"),
    text("MessageControlType", "control"),
)
