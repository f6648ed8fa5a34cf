package nanochat.task;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import nanochat.conversation.ConversationFile;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.Conversations;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.data.corpus.Split;
import nanochat.data.corpus.WordProblems;
import nanochat.data.download.TaskFiles;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;

/// What an assistant is fine-tuned on, and what it is validated on meanwhile.
///
/// @param training one epoch of it
/// @param validation conversations that are not among those
/// @param notes what was left out of files and why, in lines to print
public record TrainingTasks(Task training, Task validation, List<String> notes) {
    /// The downloaded data sets that can be trained on, by name.
    public static final String DATASETS = "smoltalk, mmlu, gsm8k, arc_easy, arc_challenge";

    /// Of a user's conversations, one in so many is held out for validation; where there are fewer, all are trained on and validated on.
    public static final int HELD_OUT = 20;

    private static final int BUILT_IN_TALKS = 20_000;
    /// Few, so that a model has seen what a solution looks like and solves some problems: the others are for reinforcement learning.
    private static final int BUILT_IN_PROBLEMS = 2_500;
    private static final int BUILT_IN_VALIDATION = 1_000;
    /// Of a data set's questions, so many are validated on: about as many as of GSM8K and MMLU in the original.
    private static final int MOST_VALIDATION_QUESTIONS = 5_200;
    private static final long VALIDATION_SEED = 0;

    /// A part of the mixture: what is gone through in an epoch, and what is held out of it.
    private record Portion(List<Task> training, Task validation, List<String> notes) {
        private Portion(List<Task> training, Task validation) {
            this(training, validation, List.of());
        }
    }

    /// Understands the values of `--data`: the word a name of a [CorpusLanguage], such as `builtin`, for the built-in conversations, the name of a downloaded data set (of
    /// [#DATASETS]), anything else for a file of conversations. `:3` behind it means three times: what is there twice or three times is
    /// trained on as often in an epoch.
    ///
    /// @param base where downloaded data sets are
    /// @param seed decides the order of training
    /// @throws BadInputException when a file is missing, or more than one in ten of its conversations, or a row of a data set, cannot be used
    public static TrainingTasks of(List<String> data, BaseDirectory base, long seed) {
        return of(data, base, seed, false);
    }

    /// As above.
    ///
    /// @param strict whether every conversation of a file must be usable
    public static TrainingTasks of(List<String> data, BaseDirectory base, long seed, boolean strict) {
        List<String> notes = new ArrayList<>();
        List<Task> training = new ArrayList<>();
        List<Task> validation = new ArrayList<>();
        for (String each : data) {
            Repeated repeated = Repeated.of(each);
            if (repeated.times() == 0) {
                throw new BadInputException("--data " + each + ": leave it out to train on it zero times");
            }
            Portion portion = portion(repeated.name(), base, strict);
            Collections.nCopies(repeated.times(), portion.training).forEach(training::addAll);
            validation.add(portion.validation);
            notes.addAll(portion.notes);
        }
        return new TrainingTasks(new Mixture(training, seed), new Mixture(validation, VALIDATION_SEED), List.copyOf(notes));
    }

    private static Portion portion(String name, BaseDirectory base, boolean strict) {
        Optional<CorpusLanguage> builtIn = CorpusLanguage.named(name);
        return builtIn.isPresent() ? builtIn(builtIn.get()) : switch (name) {
            case "smoltalk" -> dataset(SmolTalk.of(TaskFiles.SMOLTALK_TRAIN, base), SmolTalk.of(TaskFiles.SMOLTALK_TEST, base));
            case "mmlu" -> dataset(Mmlu.of(TaskFiles.MMLU_AUXILIARY_TRAIN, base), Mmlu.of(TaskFiles.MMLU_VALIDATION, base));
            case "gsm8k" -> dataset(Gsm8k.of(TaskFiles.GSM8K_TRAIN, base), Gsm8k.of(TaskFiles.GSM8K_TEST, base));
            case "arc_easy" -> dataset(Arc.of(TaskFiles.ARC_EASY_TRAIN, base), Arc.of(TaskFiles.ARC_EASY_VALIDATION, base));
            case "arc_challenge" -> dataset(Arc.of(TaskFiles.ARC_CHALLENGE_TRAIN, base), Arc.of(TaskFiles.ARC_CHALLENGE_VALIDATION, base));
            default -> ofFile(Path.of(name), strict);
        };
    }

    private static Portion dataset(Task training, Task validation) {
        return new Portion(List.of(training), new Slice(validation, 0, Math.min(validation.size(), MOST_VALIDATION_QUESTIONS)));
    }

    private static Portion ofFile(Path path, boolean strict) {
        if (!Files.exists(path)) {
            throw new BadInputException("There is no file and no data set " + path + ". The data sets are: builtin, " + DATASETS);
        }
        ConversationFile file = ConversationFile.ofAnyForm(path, strict);
        Task conversations = new UserConversations(file);
        Task shuffled = new Mixture(List.of(conversations), VALIDATION_SEED);
        int heldOut = conversations.size() / HELD_OUT;
        return new Portion(List.of(new Slice(shuffled, heldOut, shuffled.size())),
                new Slice(shuffled, 0, heldOut == 0 ? shuffled.size() : heldOut), file.notes());
    }

    private static Portion builtIn(CorpusLanguage language) {
        Conversations conversations = language.conversations(DocumentSource.BUILT_IN_SEED);
        Task talk = new BuiltInTalk(conversations, Split.TRAIN, BUILT_IN_TALKS);
        return new Portion(language == CorpusLanguage.ZH
                ? List.of(talk)
                : List.of(talk, new BuiltInProblems(new WordProblems(DocumentSource.BUILT_IN_SEED), Split.TRAIN, BUILT_IN_PROBLEMS)),
                new BuiltInTalk(conversations, Split.VALIDATION, BUILT_IN_VALIDATION));
    }
}
