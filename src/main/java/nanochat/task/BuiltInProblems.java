package nanochat.task;

import java.util.Objects;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.corpus.Split;
import nanochat.data.corpus.WordProblem;
import nanochat.data.corpus.WordProblems;

/// The built-in word problems of one and two steps, solved with the calculator.
///
/// @param size how many of the endless problems of the split
public record BuiltInProblems(WordProblems problems, Split split, int size) implements GenerativeTask {
    private static final int LONGEST_REPLY = 112;

    /// Problem `index` with its solution and what any right reply has to say.
    public WordProblem problem(int index) {
        return problems.problem(split, Objects.checkIndex(index, size));
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
        return "problems " + split + " " + size + ", " + Task.content(this);
    }
}
