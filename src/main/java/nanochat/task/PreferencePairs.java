package nanochat.task;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.conversation.Conversation;
import nanochat.conversation.PreferencePair;
import nanochat.conversation.RenderedConversation;
import nanochat.conversation.Rendering;
import nanochat.io.BadInputException;
import nanochat.io.LineFile;
import nanochat.io.Sha256;

/// The pairs of answers in a user's file, one a line: those that something can be learned from, some of them held out for validation. Of each only its
/// place is in memory.
public final class PreferencePairs {
    /// Of so many pairs at least, one in [#HELD_OUT] is held out; where there are fewer, all are trained on and validated on.
    public static final int FEW = 200;
    public static final int HELD_OUT = 10;
    private static final int MOST_HELD_OUT = 500;
    private static final long VALIDATION_SEED = 0;

    private final LineFile lines;
    private final Rendering rendering;
    private final int longest;
    private final int[] training;
    private final int[] heldOut;
    private final String sha256;
    private final List<String> notes = new ArrayList<>();

    /// Reads and checks a file.
    ///
    /// @param longest T, predictions in a row: what goes beyond is cut off
    /// @throws BadInputException when it cannot be read, a line is no pair (the message names the line), or there is nothing to learn from
    public PreferencePairs(Path path, Rendering rendering, int longest) {
        this.rendering = rendering;
        this.longest = longest;
        lines = new LineFile(path, PreferencePair::parse);
        List<Integer> usable = new ArrayList<>();
        int equal = 0;
        int withoutRoom = 0;
        int cut = 0;
        MessageDigest digest = Sha256.begin();
        for (int line = 0; line < lines.size(); line++) {
            PreferencePair pair = PreferencePair.parse(lines.line(line));
            int prompt = prompt(pair);
            if (pair.isEqual()) {
                equal++;
            } else if (prompt > longest) {
                withoutRoom++;
            } else {
                RenderedPair rendered = rendered(pair);
                boolean alike = Arrays.equals(rendered.chosen().tokens(), rendered.rejected().tokens());
                equal += alike ? 1 : 0; // up to where they were cut
                if (!alike) {
                    usable.add(line);
                    cut += rendered.length() > longest ? whole(pair) : 0;
                    update(digest, rendered.chosen());
                    update(digest, rendered.rejected());
                }
            }
        }
        sha256 = Sha256.hex(digest);
        note(equal, "of %d pairs have the same answer twice: they are left out");
        note(withoutRoom, "of %d pairs have a question that fills the model's context of " + longest + " tokens: they are left out");
        note(cut, "of %d pairs are longer than the model's context of " + longest + " tokens: their answers are cut off there");
        if (usable.isEmpty()) {
            throw new BadInputException("There is no pair to learn from in " + path + (notes.isEmpty()
                    ? ""
                    : ": " + String.join("; ",
                            notes)));
        }
        int[] shuffled = Arrays.stream(Mixture.shuffled(usable.size(), VALIDATION_SEED)).map(usable::get).toArray();
        int count = usable.size() < FEW ? 0 : Math.min(MOST_HELD_OUT, usable.size() / HELD_OUT);
        heldOut = count == 0 ? shuffled : Arrays.copyOf(shuffled, count);
        training = Arrays.copyOfRange(shuffled, count, shuffled.length);
        if (count == 0) {
            notes.add(usable.size() + " pairs are too few to hold some out: the model is validated on those that it learns from");
        }
    }

    private void note(int count, String format) {
        if (count > 0) {
            notes.add(count + " " + String.format(Locale.ROOT, format, lines.size()));
        }
    }

    private static void update(MessageDigest digest, RenderedConversation conversation) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * (conversation.length() + 1));
        bytes.putInt(conversation.length());
        for (int i = 0; i < conversation.length(); i++) {
            bytes.putInt(conversation.trained()[i] ? -1 - conversation.tokens()[i] : conversation.tokens()[i]);
        }
        digest.update(bytes.array());
    }

    /// 1 where an answer does not fit whole.
    private int whole(PreferencePair pair) {
        int tokens = Math.max(rendering.render(pair.chosen()).length(), rendering.render(pair.rejected()).length());
        return tokens > longest + 1 ? 1 : 0;
    }

    /// Tokens before the first one of an answer.
    private int prompt(PreferencePair pair) {
        return rendering.completionPrompt(pair.question()).length;
    }

    private RenderedPair rendered(PreferencePair pair) {
        int prompt = prompt(pair);
        return new RenderedPair(answerAlone(pair.chosen(), prompt), answerAlone(pair.rejected(), prompt));
    }

    /// What the assistant said before the answer does not count.
    private RenderedConversation answerAlone(Conversation conversation, int prompt) {
        RenderedConversation whole = rendering.render(conversation).truncated(longest + 1);
        boolean[] counts = whole.trained().clone();
        Arrays.fill(counts, 0, Math.min(prompt, counts.length), false);
        return new RenderedConversation(whole.tokens(), counts);
    }

    /// Pairs to learn from.
    public int trainingSize() {
        return training.length;
    }

    /// Pairs to validate on.
    public int heldOutSize() {
        return heldOut.length;
    }

    /// All pairs that something can be learned from.
    public int size() {
        return heldOut.length == training.length ? training.length : training.length + heldOut.length;
    }

    public RenderedPair training(int index) {
        return rendered(PreferencePair.parse(lines.line(training[index])));
    }

    public RenderedPair heldOut(int index) {
        return rendered(PreferencePair.parse(lines.line(heldOut[index])));
    }

    /// The order of the training pairs in an epoch.
    public static int[] order(int size, long seed, int epoch) {
        return Mixture.shuffled(size, 31 * seed + epoch);
    }

    /// What was left out and why, in lines to print.
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /// The hash of all tokens, in hexadecimal.
    public String sha256OfTokens() {
        return sha256;
    }

    /// Where they were read from, and a part of the hash, so that a resumed run can tell.
    public String fingerprint() {
        return Optional.ofNullable(lines.path().getFileName()).map(Path::toString).orElse("") + " " + training.length + " " + sha256
                .substring(0, 12);
    }
}
