package nanochat.task;

import java.util.Optional;
import java.util.function.Consumer;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.data.Batches;

/// The first batches of a task: what a model is validated on.
///
/// @param rows B
/// @param length T
/// @param tokens how many predictions are wanted, padding included, rounded up to whole batches; fewer where the task has fewer
public record ConversationBatches(Task task, Rendering rendering, int rows, int length, long tokens) implements Batches {
    @Override
    public void forEach(Consumer<Batch> action) {
        ConversationPacker packer = ConversationPacker.once(task, rendering, rows, length);
        for (long seen = 0; seen < tokens; seen += (long) rows * length) {
            Optional<Batch> batch = packer.next();
            if (batch.isEmpty()) {
                return;
            }
            action.accept(batch.get());
        }
    }
}
