package nanochat.task;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import nanochat.data.download.TaskFiles;
import nanochat.io.BaseDirectory;

/// The public data sets that a chat model can be measured by: the questions of each that are for testing.
///
/// @param base where they have been downloaded to
/// @param python makes what HumanEval runs its programs with; asked only where HumanEval is wanted
public record DatasetTasks(BaseDirectory base, Supplier<ProgramRunner> python) {
    /// ChatCORE is a mean over these tasks.
    public static final List<String> CHAT_CORE = List.of("ARC-Easy", "ARC-Challenge", "MMLU", "GSM8K", "HumanEval", "SpellingBee");

    private static final List<Dataset> ALL = List.of(
            new Dataset("ARC-Easy", TaskFiles.ARC_EASY_TEST, (files, tasks) -> Arc.of(files, tasks.base)),
            new Dataset("ARC-Challenge", TaskFiles.ARC_CHALLENGE_TEST, (files, tasks) -> Arc.of(files, tasks.base)),
            new Dataset("MMLU", TaskFiles.MMLU_TEST, (files, tasks) -> Mmlu.of(files, tasks.base)),
            new Dataset("GSM8K", TaskFiles.GSM8K_TEST, (files, tasks) -> Gsm8k.of(files, tasks.base)),
            new Dataset("HumanEval", TaskFiles.HUMANEVAL_TEST, (files, tasks) -> HumanEval.of(files, tasks.base, tasks.python.get())));

    /// What they are called.
    public static final List<String> NAMES = ALL.stream().map(Dataset::name).toList();

    private record Dataset(String name, TaskFiles files, BiFunction<TaskFiles, DatasetTasks, GradedTask> open) {}

    /// Those whose files are there.
    ///
    /// @throws nanochat.io.BadInputException when a file is damaged or incomplete
    public List<GradedTask> present() {
        return ALL.stream().filter(dataset -> dataset.files.areThere(base)).map(dataset -> dataset.open.apply(dataset.files, this))
                .toList();
    }

    /// The names of those whose files are not there.
    public List<String> missing() {
        return ALL.stream().filter(dataset -> !dataset.files.areThere(base)).map(Dataset::name).toList();
    }

    /// The one of that name, if there is one.
    ///
    /// @throws nanochat.io.BadInputException when its files are missing, damaged or incomplete
    public Optional<GradedTask> find(String name) {
        return ALL.stream().filter(dataset -> EvaluationTasks.isCalled(name, dataset.name)).findFirst()
                .map(dataset -> dataset.open.apply(dataset.files, this));
    }
}
