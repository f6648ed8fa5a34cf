package nanochat.task;

import java.util.Objects;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.corpus.Split;
import nanochat.data.corpus.WordProblem;
import nanochat.data.corpus.WordProblems;

/// The built-in word problems of one and two steps, solved with the calculator.
///
/// @param split that the operands belong to
/// @param practice whether they are those for training by rewards, in wordings of their own
/// @param size how many of the endless problems
public record BuiltInProblems(WordProblems problems, Split split, boolean practice, int size) implements GenerativeTask {
    private static final int LONGEST_REPLY = 112;

    /// Problems of a split.
    public BuiltInProblems(WordProblems problems, Split split, int size) {
        this(problems, split, false, size);
    }

    /// Problems to learn from by rewards.
    public static BuiltInProblems practice(WordProblems problems, int size) {
        return new BuiltInProblems(problems, Split.TRAIN, true, size);
    }

    /// Problem `index` with its solution and what any right reply has to say.
    public WordProblem problem(int index) {
        Objects.checkIndex(index, size);
        return practice ? problems.practice(index) : problems.problem(split, index);
    }

    @Override
    public Conversation conversation(int index) {
        return new Conversation(problem(index).messages());
    }

    @Override
    public String name() {
        return "Problems";
    }

    @Override
    public boolean isRight(int index, Message.Assistant reply) {
        return problem(index).answer().isGivenBy(reply.text());
    }

    @Override
    public int longestReply() {
        return LONGEST_REPLY;
    }

    @Override
    public String fingerprint() {
        return "problems " + split + (practice ? " practice " : " ") + size + ", " + Task.content(this);
    }
}
