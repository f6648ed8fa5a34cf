package nanochat.task;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nanochat.conversation.ConversationFile;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.Split;

/// What an assistant is fine-tuned on, and what it is validated on meanwhile.
///
/// @param training one epoch of it
/// @param validation conversations that are not among those
public record TrainingTasks(Task training, Task validation) {
    /// Of a user's conversations, one in so many is held out for validation; where there are fewer, all are trained on and validated on.
    public static final int HELD_OUT = 20;

    private static final int BUILT_IN_TALKS = 20_000;
    private static final int BUILT_IN_SPELLING_BEES = 2_000;
    private static final int BUILT_IN_SPELLINGS = 1_000;
    private static final int BUILT_IN_VALIDATION = 1_000;
    private static final long VALIDATION_SEED = 0;

    /// Understands the values of `--data`: the word `builtin` for the built-in conversations, anything else for a file of conversations.
    /// What is named twice is trained on twice in an epoch.
    ///
    /// @param seed decides the order of training
    /// @throws nanochat.io.BadInputException when a file is missing, or a line of it is no conversation
    public static TrainingTasks of(List<String> data, long seed) {
        List<Task> training = new ArrayList<>();
        List<Task> validation = new ArrayList<>();
        for (String each : data) {
            if (each.equals(DocumentSource.BUILT_IN)) {
                training.addAll(builtIn());
                validation.add(new BuiltInTalk(new BuiltInConversations(DocumentSource.BUILT_IN_SEED), Split.VALIDATION,
                        BUILT_IN_VALIDATION));
            } else {
                Task conversations = new UserConversations(new ConversationFile(Path.of(each)));
                Task shuffled = new Mixture(List.of(conversations), VALIDATION_SEED);
                int heldOut = conversations.size() / HELD_OUT;
                training.add(new Slice(shuffled, heldOut, shuffled.size()));
                validation.add(new Slice(shuffled, 0, heldOut == 0 ? shuffled.size() : heldOut));
            }
        }
        return new TrainingTasks(new Mixture(training, seed), new Mixture(validation, VALIDATION_SEED));
    }

    private static List<Task> builtIn() {
        BuiltInConversations conversations = new BuiltInConversations(DocumentSource.BUILT_IN_SEED);
        return List.of(new BuiltInTalk(conversations, Split.TRAIN, BUILT_IN_TALKS),
                BuiltInQuestions.spellingBee(conversations, Split.TRAIN, BUILT_IN_SPELLING_BEES),
                BuiltInQuestions.simpleSpelling(conversations, Split.TRAIN, BUILT_IN_SPELLINGS));
    }
}
