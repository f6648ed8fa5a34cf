package nanochat.task;

import java.util.List;
import java.util.stream.Collectors;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.Fingerprints;

/// Tasks asked in turn: a conversation of the first, one of the second, and so on round and round, until one of them has no more. A task that is in the
/// list three times is asked three times in a round.
///
/// @param name what the list is called
public record TakenInTurn(String name, List<GenerativeTask> tasks) implements GenerativeTask {
    public TakenInTurn {
        tasks = List.copyOf(tasks);
    }

    @Override
    public int size() {
        return tasks.stream().mapToInt(task -> task.size() / timesOf(task)).min().orElse(0) * tasks.size();
    }

    private int timesOf(GenerativeTask task) {
        return (int) tasks.stream().filter(task::equals).count();
    }

    private GenerativeTask taskOf(int index) {
        return tasks.get(index % tasks.size());
    }

    /// The number of conversation `index` within its task.
    private int within(int index) {
        GenerativeTask task = taskOf(index);
        int earlier = (int) tasks.subList(0, index % tasks.size()).stream().filter(task::equals).count();
        return index / tasks.size() * timesOf(task) + earlier;
    }

    @Override
    public Conversation conversation(int index) {
        return taskOf(index).conversation(within(index));
    }

    @Override
    public boolean isRight(int index, Message.Assistant reply) {
        return taskOf(index).isRight(within(index), reply);
    }

    @Override
    public int longestReply() {
        return tasks.stream().mapToInt(GenerativeTask::longestReply).max().orElse(0);
    }

    @Override
    public String fingerprint() {
        return tasks.stream().distinct().map(task -> timesOf(task) + " x " + task.fingerprint()).collect(Collectors.joining(
                Fingerprints.AND));
    }
}
