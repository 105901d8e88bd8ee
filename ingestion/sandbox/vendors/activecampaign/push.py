"""ActiveCampaign's webhooks of the company's new days, as bodies in the order of their arrival."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from ingestion.sandbox.common import rows
from ingestion.sandbox.company.clock import seconds
from ingestion.sandbox.company.draws import Chance
from ingestion.sandbox.company.folder import load_world
from ingestion.sandbox.vendors.activecampaign import objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

TWICE = 0.03
# how far from its place in time a webhook may arrive
SHUFFLED_S = 120
_EVENTS = """
    select webhooks.*, email, first_name, last_name, phone, organization, campaigns.name, link, tag
    from webhooks
    join contacts on contacts.id = webhooks.contact_id
    left join campaigns on campaigns.id = webhooks.campaign_id
    left join links on links.id = webhooks.link_id
    left join tags on tags.id = webhooks.tag_id
    where time_s >= ? and time_s < ?
    order by time_s, type, webhooks.contact_id, webhooks.campaign_id, webhooks.link_id, tag
"""


def webhooks(folder: Path, since: date) -> Iterator[bytes]:
    """Yield the body of each webhook since a day; a few come twice, with nothing to tell it."""
    world = load_world(folder)
    with duckdb.connect(":memory:") as database:
        objects.prepare(database, folder, world)
        events = rows(database, _EVENTS, [seconds(since), world.now])
    bodies = [objects.hook(event) for event in events]
    chance = Chance(world.seed)
    places = np.array([zlib.crc32(body) for body in bodies], dtype=np.int64)
    shift = chance.uniform("activecampaign push order", places) * SHUFFLED_S
    is_twice = chance.uniform("activecampaign push twice", places) < TWICE
    sent = []
    for event, body, moved, again in zip(events, bodies, shift, is_twice, strict=True):
        arrival = event["time_s"] + moved
        sent.append((arrival, body))
        if again:
            sent.append((arrival + SHUFFLED_S, body))
    for _, body in sorted(sent):
        yield body
