"""WordPress's table: comments under the blog's posts, reviews of the shop's products, and spam."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
    "wordpress/comments": {
        "id": INT,
        "post": INT,
        "slug": TEXT,  # of the post
        "author": INT,  # the site's user, 0: a guest
        "author_name": TEXT,
        "author_email": TEXT,
        "type": TEXT,  # comment, review, pingback
        "status": TEXT,  # approved, hold, spam, trash
        "content": TEXT,  # HTML
        "created_ms": INT,
        "person_id": TEXT,  # shown by nothing; null: nobody's
    },
}
