package nanochat.task;

import java.util.List;
import nanochat.data.TrainingPosition;

/// Where a [ConversationPacker] is: with the same task, all it needs to go on as if it had never stopped.
///
/// @param source the fingerprint of the task
/// @param epoch counted from 1
/// @param next the conversation to read next
/// @param buffered conversations read and not yet used, in the order in which they came
public record ConversationPosition(String source, int epoch, int next, List<Integer> buffered) implements TrainingPosition {
    public ConversationPosition {
        buffered = List.copyOf(buffered);
    }
}
