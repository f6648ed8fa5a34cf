package nanochat.data.corpus;

import java.util.List;
import nanochat.conversation.Conversation;

/// Built-in conversations without end about what a [Corpus] tells. Seed, split and index decide a conversation.
public sealed interface Conversations permits BuiltInConversations, ChineseConversations, ConversationsOfBoth {
    /// Conversation `index` of a split: one to eight exchanges, sometimes with a system message.
    Conversation conversation(Split split, long index);

    /// The exchanges of dialogue `index`: what evaluations ask one after the other. They are put together as those of a conversation are: a
    /// follow-up ("And Spain?") makes sense only after the question before it.
    List<Exchange> dialogue(Split split, int exchanges, long index);
}
