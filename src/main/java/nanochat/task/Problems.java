package nanochat.task;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.io.BadInputException;

/// Questions of a task and what answers to them are worth: what reinforcement learning learns from.
///
/// @param name of the task
/// @param from the first conversation of the task that is asked
/// @param to the first one that no longer is
/// @param reward of one's own; without it a right answer is worth 1, any other 0
public record Problems(String name, Task task, int from, int to, Optional<Reward> reward) {
    /// What an answer is worth.
    ///
    /// @param reward finite
    /// @param solved whether it counts as right: where the task marks answers, by its mark, otherwise by a reward above 0
    public record Worth(double reward, boolean solved) {}

    /// @throws BadInputException when nothing says what an answer is worth
    public Problems {
        Objects.checkFromToIndex(from, to, task.size());
        if (reward.isEmpty() && !(task instanceof GenerativeTask)) {
            throw new BadInputException("The task " + name + " has no reward: nothing says what an answer that a model writes is worth."
                    + " Choose another task, or give a reward of your own (--reward, --reward-command).");
        }
    }

    public int size() {
        return to - from;
    }

    /// Problem `index`; its last message, where it is the assistant's, is the answer that is expected.
    public Conversation conversation(int index) {
        return task.conversation(from + Objects.checkIndex(index, size()));
    }

    /// What people read of problem `index`: the last thing that the user says.
    public String question(int index) {
        return conversation(index).messages().reversed().stream()
                .flatMap(message -> message instanceof Message.User(String text)
                        ? Optional.of(text).stream()
                        : Optional.<String>empty().stream())
                .findFirst().orElse("");
    }

    /// What an answer to problem `index` is worth.
    ///
    /// @throws BadInputException when the reward is no number, or cannot be had
    public Worth worth(int index, Message.Assistant answer) {
        if (reward.isEmpty()) {
            boolean right = ((GenerativeTask) task).isRight(from + index, answer);
            return new Worth(right ? 1 : 0, right);
        }
        double given = reward.get().of(attempt(index, answer));
        if (!Double.isFinite(given)) {
            throw new BadInputException("The reward of an answer to problem " + (from + index) + " of " + name + " is " + given
                    + ", it must be a finite number. The question: " + question(index) + " The answer: " + answer.text());
        }
        boolean solved = task instanceof GenerativeTask marked && marks(marked)
                ? marked.isRight(from + index, answer)
                : given > 0;
        return new Worth(given, solved);
    }

    /// A user's own conversations say what is right word for word, if at all; who brings a reward means something else.
    private static boolean marks(GenerativeTask task) {
        return !(task instanceof UserConversations);
    }

    private Attempt attempt(int index, Message.Assistant answer) {
        List<Message> messages = conversation(index).messages();
        boolean answered = !messages.isEmpty() && messages.getLast() instanceof Message.Assistant;
        return new Attempt(new Conversation(answered ? messages.subList(0, messages.size() - 1) : messages), answer,
                answered ? Optional.of((Message.Assistant) messages.getLast()) : Optional.empty());
    }

    /// Tokens that an answer may take, tool results included, where the task says so.
    public OptionalInt longestAnswer() {
        return task instanceof GenerativeTask generative ? OptionalInt.of(generative.longestReply()) : OptionalInt.empty();
    }

    /// A line that changes when the problems do, so that a resumed run can tell.
    public String fingerprint() {
        return task.fingerprint() + " [" + from + ", " + to + ")" + reward.map(own -> " " + own.name()).orElse("");
    }
}
