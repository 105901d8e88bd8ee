"""What the mailing tool pushes: the same as its listings show, at the moment it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.vendors.activecampaign.records import (
    NEWSLETTER,
    PAGES,
    campaign_ids,
    contact_tags,
    link_ids,
)

if TYPE_CHECKING:
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.vendors.activecampaign.records import Mailing


def build(given: Mailing) -> Columns:
    """Return all webhooks of the past."""
    listed, kept, here = given.listed, given.kept, given.here
    ids, number = given.kept_ids, kept.number
    none = np.full(len(kept.sent), None)
    tagged = contact_tags(given)
    mail = [
        (kind, moment, ids, campaign_ids(number), link, none, none)
        for kind, moment, link in (
            ("sent", kept.sent, none),
            ("open", kept.opened, none),
            ("bounce", given.bounced, none),
            ("unsubscribe", kept.unsubscribed, none),
            *(
                ("click", kept.clicked[:, place], link_ids(number, place + 1))
                for place in range(len(PAGES))
            ),
        )
    ]
    empty, tags = np.full(len(here), None), np.full(len(tagged["id"]), None)
    parts = [
        *mail,
        ("subscribe", listed.created[here], listed.ids[here], empty, empty,
         np.full(len(here), str(NEWSLETTER)), empty),
        ("contact_tag_added", tagged["created_s"], tagged["contact_id"], tags, tags, tags,
         tagged["tag_id"]),
    ]  # fmt: skip
    columns = [np.concatenate([np.asarray(part[place], dtype=object) for part in parts])
               for place in range(1, 7)]  # fmt: skip
    kind = np.concatenate([np.full(len(part[1]), part[0]) for part in parts])
    moment = columns[0].astype(np.int64)
    come = np.flatnonzero(moment < given.world.now)
    order = come[np.lexsort((kind[come], columns[1][come].astype("U12"), moment[come]))]
    names = ("time_s", "contact_id", "campaign_id", "link_id", "list_id", "tag_id")
    return {
        "type": kind[order],
        **{name: values[order] for name, values in zip(names, columns, strict=True)},
        "time_s": moment[order],
    }
