{{ identified('int_conversations_unioned') }}
