package nanochat.cli;

import java.util.List;
import nanochat.data.DocumentSource;
import nanochat.io.BaseDirectory;
import nanochat.task.TrainingTasks;
import picocli.CommandLine.Option;

/// The option that says which conversations, the same for every command that uses some.
final class ConversationDataOption {
    @Option(names = "--data", split = ",", defaultValue = DocumentSource.BUILT_IN, paramLabel = "SOURCE", description = "Conversations: 'builtin', downloaded data sets ("
            + TrainingTasks.DATASETS
            + "), or .jsonl files with a JSON array of {role, content} on every line; several separated by commas. 'mmlu:3' goes through mmlu three times. Of a file one in "
            + TrainingTasks.HELD_OUT + " is held out for validation.")
    private List<String> data = List.of();

    /// @param seed decides the order of training
    TrainingTasks tasks(long seed) {
        return TrainingTasks.of(data, BaseDirectory.fromEnvironment(), seed);
    }
}
