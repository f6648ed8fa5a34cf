package nanochat.task;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import nanochat.conversation.Conversation;
import nanochat.data.Fingerprints;

/// Tasks shuffled together. A task that is in the list twice is gone through twice, as in two epochs.
public final class Mixture implements Task {
    private final List<Task> tasks;
    private final long seed;
    /// The number of conversations in the tasks before each one.
    private final int[] before;
    /// In the order of this task, the conversations' numbers in the tasks one after the other.
    private final int[] order;

    /// @param seed decides the order
    public Mixture(List<Task> tasks, long seed) {
        this.tasks = List.copyOf(tasks);
        this.seed = seed;
        before = new int[tasks.size()];
        int size = 0;
        for (int i = 0; i < before.length; i++) {
            before[i] = size;
            size = Math.addExact(size, tasks.get(i).size());
        }
        order = shuffled(size, seed);
    }

    /// The numbers from 0 to `size` - 1 in random order (Fisher and Yates).
    static int[] shuffled(int size, long seed) {
        Random random = new Random(seed);
        int[] numbers = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            numbers[i] = numbers[j];
            numbers[j] = i;
        }
        return numbers;
    }

    @Override
    public int size() {
        return order.length;
    }

    @Override
    public Conversation conversation(int index) {
        int number = order[index];
        int task = before.length - 1;
        while (before[task] > number) {
            task--;
        }
        return tasks.get(task).conversation(number - before[task]);
    }

    @Override
    public String fingerprint() {
        return "seed " + seed + ": " + tasks.stream().map(Task::fingerprint).collect(Collectors.joining(Fingerprints.AND));
    }
}
