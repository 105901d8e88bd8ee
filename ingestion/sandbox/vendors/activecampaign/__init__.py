"""ActiveCampaign: the mails to contacts, and what they clicked."""
