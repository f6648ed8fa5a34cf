package nanochat.task;

import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.data.TrainingBatches;

/// Batches of conversations without end, one epoch after the other; [ConversationPacker] says how rows are made of them.
public final class ConversationLoader implements TrainingBatches<ConversationPosition> {
    private final ConversationPacker packer;

    /// Starts with the first conversation.
    ///
    /// @param rows B
    /// @param length T, predictions in a row
    public ConversationLoader(Task task, Rendering rendering, int rows, int length) {
        packer = ConversationPacker.endless(task, rendering, rows, length);
    }

    /// Goes on where a loader of the same task was.
    ///
    /// @throws nanochat.io.BadInputException when that was another task
    public ConversationLoader(Task task, Rendering rendering, int rows, int length, ConversationPosition position) {
        this(task, rendering, rows, length);
        packer.restore(position);
    }

    @Override
    public Batch next() {
        return packer.next().orElseThrow();
    }

    @Override
    public ConversationPosition state() {
        return packer.position();
    }

    /// Conversations are read one at a time: nothing stays open.
    @Override
    public void close() {
    }
}
