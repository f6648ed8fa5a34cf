package nanochat.data.corpus;

import java.util.List;
import nanochat.conversation.Conversation;

/// English and Chinese conversations in turn.
record ConversationsOfBoth(Conversations english, Conversations chinese) implements Conversations {
    private Conversations of(long index) {
        return index % 2 == 0 ? english : chinese;
    }

    @Override
    public Conversation conversation(Split split, long index) {
        return of(index).conversation(split, index / 2);
    }

    @Override
    public List<Exchange> dialogue(Split split, int exchanges, long index) {
        return of(index).dialogue(split, exchanges, index / 2);
    }
}
