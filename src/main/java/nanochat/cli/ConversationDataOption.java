package nanochat.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nanochat.data.DocumentSource;
import nanochat.io.BaseDirectory;
import nanochat.task.TrainingTasks;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The option that says which conversations, the same for every command that uses some.
final class ConversationDataOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--data", defaultValue = DocumentSource.BUILT_IN, paramLabel = "SOURCE", description = "Conversations: 'builtin', downloaded data sets ("
            + TrainingTasks.DATASETS
            + "), or files of your own, one conversation a line or all in one JSON array: messages with role and content, ShareGPT, Alpaca; several separated by commas. 'mmlu:3' goes through mmlu three times. Of a file one in "
            + TrainingTasks.HELD_OUT + " is held out for validation.")
    private List<String> data = List.of();

    @Mixin
    private CorpusLanguageOption language = new CorpusLanguageOption();

    @Option(names = "--strict", description = "Refuse files in which a single conversation cannot be used; otherwise up to one in ten is left out.")
    private boolean strict;

    /// What was left out of files is said on standard error.
    ///
    /// @param seed decides the order of training
    TrainingTasks tasks(long seed) {
        List<String> sources = data.stream().flatMap(given -> sources(given).stream()).toList();
        TrainingTasks tasks = TrainingTasks.of(language.of(sources), BaseDirectory.fromEnvironment(), seed, strict);
        tasks.notes().forEach(spec.commandLine().getErr()::println);
        return tasks;
    }

    /// What commas separate; but a file may have one in its name.
    static List<String> sources(String given) {
        String[] parts = given.split(",");
        List<String> sources = new ArrayList<>();
        for (int from = 0, to; from < parts.length; from = to) {
            to = from + 1;
            for (int end = parts.length; end > to; end--) {
                if (Files.exists(Path.of(String.join(",", List.of(parts).subList(from, end)).replaceFirst(":\\d{1,3}$", "")))) {
                    to = end;
                }
            }
            sources.add(String.join(",", List.of(parts).subList(from, to)));
        }
        return sources;
    }
}
