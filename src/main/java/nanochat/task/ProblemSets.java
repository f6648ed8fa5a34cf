package nanochat.task;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import nanochat.conversation.ConversationFile;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.Exchange;
import nanochat.data.corpus.Split;
import nanochat.data.corpus.WordProblems;
import nanochat.data.download.TaskFiles;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.NearestName;

/// What a run of reinforcement learning is asked, and what it is measured by meanwhile.
///
/// @param training what it learns from
/// @param heldOut problems that are not among those
/// @param endless whether there would be more of them for the asking, so that going through all of them means nothing
public record ProblemSets(Problems training, Problems heldOut, boolean endless) {
    /// What is asked unless somebody wants something else: word problems, and between them what a model would forget over them.
    public static final String PRACTICE = "problems:9,facts:3,arithmetic:3,identity:2,expressions,unknown,requests,spelling_bee,small_talk,lists,letters";

    private static final String CONVERSATIONS = ".jsonl";
    private static final String GSM8K = "GSM8K";
    /// Tasks that models are measured by or fine-tuned on, whose answers nothing can reward.
    private static final List<String> WITHOUT_REWARD = List.of("ARC-Easy", "ARC-Challenge", "MMLU", "SmolTalk", "HumanEval", "five_turns");
    /// Of the endless built-in problems.
    private static final int BUILT_IN_TRAINING = 10_000;
    private static final int BUILT_IN_HELD_OUT = 1_000;

    /// Understands the values of `--task`: the names of built-in questions and problems, `gsm8k` where it was downloaded, or a `.jsonl` file of conversations, of which
    /// one in [TrainingTasks#HELD_OUT] is held out. Several with commas between them are asked in turn, `:3` behind one means three times in a round; it is
    /// measured by the held-out problems of the first: the others are there so that they are not forgotten.
    ///
    /// @param base where downloaded data sets are
    /// @param reward of one's own
    /// @throws BadInputException when there is no such task, its files are missing, or nothing says what its answers are worth
    public static ProblemSets of(String name, BaseDirectory base, Optional<Reward> reward) {
        if (Files.exists(Path.of(name)) || !name.contains(",")) {
            return ofOne(name, base, reward);
        }
        List<ProblemSets> sets = new ArrayList<>();
        List<GenerativeTask> inTurn = new ArrayList<>();
        for (String each : name.split(",", -1)) {
            Repeated repeated = Repeated.of(each);
            ProblemSets set = ofOne(repeated.times() == 0 ? each : repeated.name(), base, reward);
            if (!(set.training.task() instanceof GenerativeTask task) || task instanceof UserConversations) {
                throw new BadInputException("--task " + name
                        + ": a file of conversations cannot be asked in turn with others. Add the other conversations to the file.");
            }
            sets.add(set);
            inTurn.addAll(Collections.nCopies(repeated.times(), task));
        }
        return new ProblemSets(all(new TakenInTurn(name, inTurn), reward), sets.getFirst().heldOut, sets.stream().allMatch(
                ProblemSets::endless));
    }

    private static ProblemSets ofOne(String name, BaseDirectory base, Optional<Reward> reward) {
        if (name.endsWith(CONVERSATIONS)) {
            return ofFile(new UserConversations(ConversationFile.ofAnyForm(Path.of(name), true)), reward);
        }
        if (EvaluationTasks.isCalled(name, GSM8K)) {
            return new ProblemSets(all(Gsm8k.of(TaskFiles.GSM8K_TRAIN, base), reward), all(Gsm8k.of(TaskFiles.GSM8K_TEST, base), reward),
                    false);
        }
        if (EvaluationTasks.isCalled(name, wordProblems(Split.TRAIN, 1).name())) {
            return new ProblemSets(all(BuiltInProblems.practice(new WordProblems(DocumentSource.BUILT_IN_SEED), BUILT_IN_TRAINING), reward),
                    all(wordProblems(Split.VALIDATION, BUILT_IN_HELD_OUT), reward), true);
        }
        BuiltInConversations conversations = new BuiltInConversations(DocumentSource.BUILT_IN_SEED);
        Exchange.Kind kind = Arrays.stream(Exchange.Kind.values())
                .filter(each -> EvaluationTasks.isCalled(name, builtIn(conversations, each, Split.TRAIN, 1).name())).findFirst()
                .orElseThrow(() -> unknown(name, conversations));
        return new ProblemSets(all(builtIn(conversations, kind, Split.TRAIN, BUILT_IN_TRAINING), reward),
                all(builtIn(conversations, kind, Split.VALIDATION, BUILT_IN_HELD_OUT), reward), true);
    }

    private static BuiltInQuestions builtIn(BuiltInConversations conversations, Exchange.Kind kind, Split split, int size) {
        return new BuiltInQuestions(conversations, kind, split, size);
    }

    private static BuiltInProblems wordProblems(Split split, int size) {
        return new BuiltInProblems(new WordProblems(DocumentSource.BUILT_IN_SEED), split, size);
    }

    private static Problems all(GenerativeTask task, Optional<Reward> reward) {
        return new Problems(task.name(), task, 0, task.size(), reward);
    }

    private static ProblemSets ofFile(UserConversations conversations, Optional<Reward> reward) {
        int size = conversations.size();
        int heldOut = size / TrainingTasks.HELD_OUT;
        if (size == 0) {
            throw new BadInputException(conversations.name() + " has no conversation: there is nothing to learn from");
        }
        return new ProblemSets(new Problems(conversations.name(), conversations, heldOut, size, reward),
                new Problems(conversations.name(), conversations, 0, heldOut == 0 ? size : heldOut, reward), false);
    }

    private static BadInputException unknown(String name, BuiltInConversations conversations) {
        Optional<String> unrewarded = WITHOUT_REWARD.stream().filter(task -> EvaluationTasks.isCalled(name, task)).findFirst();
        List<String> known = Stream.concat(Arrays.stream(Exchange.Kind.values())
                .map(kind -> builtIn(conversations, kind, Split.TRAIN, 1).name()), Stream.of(wordProblems(Split.TRAIN, 1).name(), GSM8K))
                .toList();
        String choices = " There are " + String.join(", ", known) + ", and .jsonl files of conversations.";
        return unrewarded.map(task -> new BadInputException("The task " + task + " has no reward to learn from." + choices))
                .orElseGet(() -> new BadInputException("There is no task '" + name + "'." + NearestName.of(name, known)
                        .map(nearest -> " Did you mean " + nearest + "?").orElse("") + choices));
    }
}
