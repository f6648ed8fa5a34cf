package nanochat.cli;

import java.io.PrintWriter;
import nanochat.conversation.ConversationView;
import nanochat.conversation.RenderedConversation;
import nanochat.conversation.Rendering;
import nanochat.io.BadInputException;
import nanochat.io.Terminal;
import nanochat.task.Task;
import nanochat.task.TrainingTasks;
import nanochat.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer show-conversation`.
@Command(name = "show-conversation", description = "Show a conversation as the model reads it, and which tokens are trained on (green, or marked by +).")
public final class TokenizerShowConversationCommand implements Runnable {
    /// Values of `--split`.
    enum Part {
        TRAIN, VALIDATION
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private ConversationDataOption data = new ConversationDataOption();

    @Option(names = "--index", defaultValue = "0", paramLabel = "N", description = "Which conversation of an epoch of training, counted from 0.")
    private int index;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Decides the order of the conversations, as in fine-tuning.")
    private long seed;

    @Option(names = "--split", defaultValue = "train", paramLabel = "WHICH", description = "Conversations to train or to validate on: ${COMPLETION-CANDIDATES}.")
    private Part part = Part.TRAIN;

    @Mixin
    private TokenizerOption tokenizerOption = new TokenizerOption();

    @Override
    public void run() {
        TrainingTasks tasks = data.tasks(seed);
        Task task = switch (part) {
            case TRAIN -> tasks.training();
            case VALIDATION -> tasks.validation();
        };
        if (index < 0 || index >= task.size()) {
            throw new BadInputException("--index " + index + ": there are conversations 0 to " + (task.size() - 1));
        }
        Tokenizer tokenizer = tokenizerOption.load();
        RenderedConversation conversation = new Rendering(tokenizer).render(task.conversation(index));
        PrintWriter out = spec.commandLine().getOut();
        out.println(Terminal.hasColours()
                ? ConversationView.colored(tokenizer, conversation)
                : ConversationView.marked(tokenizer, conversation).stripTrailing());
        out.println(conversation.length() + " tokens");
        out.flush();
    }
}
