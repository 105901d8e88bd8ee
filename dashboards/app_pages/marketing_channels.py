"""Marketing: what each channel brought and cost under a model, how sure that is, and its customers' value."""

from __future__ import annotations

import streamlit as st

from dashboards import warehouse
from dashboards.components import figures, filters, marketing as parts, states
from dashboards.components.markup import literal
from dashboards.i18n import labelled, t
from dashboards.queries import marketing, metrics

# in the order of how much they mean; what nobody has done is not offered
KINDS = ("first_payment", "first_order", "sign_up")
# the metrics whose definitions the columns follow
WORDS = (
    "visits",
    "attributed_first_payments",
    "attributed_first_orders",
    "attributed_sign_ups",
    "attributed_revenue",
    "ad_spend",
    "acquisition_cost_by_channel",
    "return_on_ad_spend",
)
MAILS = (
    "emails_sent",
    "email_open_rate",
    "email_click_rate",
    "email_bounce_rate",
    "email_unsubscribe_rate",
)
SUBJECTS = ("account", "customer")

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
months = metrics.months(path)
catalogue = metrics.catalogue(path)
currency = metrics.currency(path)
models = {row["attribution_model"]: row for row in marketing.models(path)}
kinds = [kind for kind in KINDS if kind in marketing.kinds(path)]
if not months or not models or not kinds:
    states.empty(t("marketing.empty"))
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    kind = filters.one_of("kind", t("marketing.kind"), kinds, lambda code: t(f"marketing.{code}"))
    with st.container(width=300):
        model = filters.one_of_many(
            "model",
            t("marketing.model"),
            list(models),
            lambda code: labelled(models[code]),
            default=next((code for code, row in models.items() if row["is_default"]), None),
            help=t("marketing.model.help"),
        )
    period = filters.period(months)

# ---- channels

st.subheader(t("marketing.channels"), anchor=False, help=t("marketing.channels.help"))
st.caption(literal(f"{labelled(models[model])}: {labelled(models[model], 'definition')}"))
rows = marketing.by_channel(path, kind, model, period.first, period.last)
places = marketing.stability(path, kind)
visits = {
    slice_.get("channel", parts.ALL): figure.numerator
    for by in (("channel",), ())
    for slice_, figure in metrics.by_slice(
        path, "visits", by, period.first, period.last, whole_period=True
    )
}
if rows:
    parts.channels(
        path, rows, visits, places, currency, text=t("marketing.channels.alt", period=period.text)
    )
else:
    states.empty(t("marketing.none"))
if places:
    st.info(parts.how_sure(path, places), icon=":material/balance:")
with st.popover(t("marketing.words"), icon=":material/dictionary:"):
    for name in WORDS:
        if name in catalogue:
            words = literal(labelled(catalogue[name].words, "definition"))
            st.markdown(f"**{literal(figures.label(catalogue[name]))}**: {words}")

by_month = marketing.by_month(path, kind, model, period.first, period.last)
if by_month:
    with st.container(border=True):
        st.markdown(f"**{t('marketing.over_time')}**")
        parts.over_time(
            path, by_month, text=t("marketing.over_time.alt", period=period.text)
        )  # fmt: skip

# ---- campaign mails

st.subheader(t("marketing.mails"), anchor=False, help=t("marketing.mails.help"))
told = [
    (catalogue[name], answer.figure)
    for name in MAILS
    if name in catalogue
    for answer in metrics.by_slice(path, name, (), period.first, period.last, whole_period=True)
]
parts.mails(told, currency, publication.as_of, text=t("marketing.mails.alt", period=period.text))

# ---- what customers are worth

st.subheader(t("marketing.value"), anchor=False, help=t("marketing.value.help"))
expected = marketing.lifetime_values(path)
checks = marketing.lifetime_checks(path)
if not expected:
    states.empty(t("marketing.value.empty"))
for subject in SUBJECTS:
    of_subject = [row for row in expected if row["subject_kind"] == subject]
    if of_subject:
        with st.container(border=True):
            parts.value(
                path,
                subject,
                of_subject,
                [row for row in checks if row["subject_kind"] == subject],
                currency,
            )
