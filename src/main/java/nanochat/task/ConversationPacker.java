package nanochat.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import nanochat.conversation.RenderedConversation;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.data.Fingerprints;
import nanochat.io.BadInputException;
import nanochat.tokenizer.SpecialToken;

/// Packs the conversations of a task into batches for fine-tuning. Rows hold whole conversations: of those waiting, the largest that still
/// fits comes next, and where none fits the row is padded with bos that has no target. Only what the assistant says has one.
///
/// A conversation longer than a row is cut to its length. One that has nothing to learn from (then) is passed over, so every row has a
/// target and no batch is without a loss.
public final class ConversationPacker {
    private static final int BUFFERED = 100;

    private final Task task;
    private final Rendering rendering;
    private final int rows;
    private final int length;
    private final boolean endless;
    private final List<Waiting> buffer = new ArrayList<>(BUFFERED);
    private Optional<String> fingerprint = Optional.empty();
    private int epoch = 1;
    private int next;

    private record Waiting(int index, RenderedConversation conversation) {}

    /// Batches of one epoch after the other, without end.
    ///
    /// @param rows B
    /// @param length T, predictions in a row
    public static ConversationPacker endless(Task task, Rendering rendering, int rows, int length) {
        return new ConversationPacker(task, rendering, rows, length, true);
    }

    /// The batches of one epoch.
    public static ConversationPacker once(Task task, Rendering rendering, int rows, int length) {
        return new ConversationPacker(task, rendering, rows, length, false);
    }

    private ConversationPacker(Task task, Rendering rendering, int rows, int length, boolean endless) {
        this.task = task;
        this.rendering = rendering;
        this.rows = rows;
        this.length = length;
        this.endless = endless;
    }

    /// Goes on where another packer of the same task was; to be called before the first batch.
    ///
    /// @throws BadInputException when that was another task
    public void restore(ConversationPosition position) {
        Fingerprints.check("conversations were", position.source(), fingerprint());
        epoch = position.epoch();
        next = position.next();
        for (int index : position.buffered()) {
            buffer.add(new Waiting(index, rendered(index)));
        }
    }

    /// After the batches given out so far.
    public ConversationPosition position() {
        return new ConversationPosition(fingerprint(), epoch, next, buffer.stream().map(Waiting::index).toList());
    }

    private String fingerprint() {
        String known = fingerprint.orElseGet(task::fingerprint);
        fingerprint = Optional.of(known);
        return known;
    }

    /// The next batch; empty after the last one of the only epoch.
    ///
    /// @throws BadInputException when there is nothing to learn from any conversation, or one cannot be read
    public Optional<Batch> next() {
        int[] inputs = new int[rows * length];
        int[] targets = new int[rows * length];
        Arrays.fill(inputs, rendering.tokenizer().id(SpecialToken.BOS));
        Arrays.fill(targets, Batch.IGNORED);
        int filledRows = 0;
        for (int row = 0; row < rows && refill(); row++) {
            fill(row * length, inputs, targets);
            filledRows++;
        }
        return filledRows == 0 ? Optional.empty() : Optional.of(new Batch(rows, length, inputs, targets));
    }

    private void fill(int start, int[] inputs, int[] targets) {
        int filled = 0;
        while (refill()) {
            Optional<RenderedConversation> taken = take(length + 1 - filled);
            if (taken.isEmpty()) {
                return;
            }
            RenderedConversation conversation = taken.get();
            for (int i = 0; i < conversation.length(); i++, filled++) {
                if (filled < length) {
                    inputs[start + filled] = conversation.tokens()[i];
                }
                if (conversation.trained()[i]) {
                    targets[start + filled - 1] = conversation.tokens()[i];
                }
            }
        }
    }

    /// Removes the largest conversation of at most `room` tokens, the one that came first among equals.
    private Optional<RenderedConversation> take(int room) {
        int best = -1;
        for (int i = 0; i < buffer.size(); i++) {
            int size = buffer.get(i).conversation.length();
            if (size <= room && (best < 0 || size > buffer.get(best).conversation.length())) {
                best = i;
            }
        }
        return best < 0 ? Optional.empty() : Optional.of(buffer.remove(best).conversation);
    }

    /// Reads until enough conversations wait; whether any does.
    private boolean refill() {
        int useless = 0;
        while (buffer.size() < BUFFERED) {
            if (next == task.size()) {
                if (!endless || task.size() == 0) {
                    break;
                }
                epoch++;
                next = 0;
            }
            RenderedConversation conversation = rendered(next);
            if (conversation.hasTargets()) {
                buffer.add(new Waiting(next, conversation));
                useless = 0;
            } else if (++useless == task.size()) {
                throw new BadInputException("In none of the " + task.size() + " conversations does the assistant say anything within the"
                        + " first " + (length + 1) + " tokens: there is nothing to learn from");
            }
            next++;
        }
        return !buffer.isEmpty();
    }

    private RenderedConversation rendered(int index) {
        return rendering.render(task.conversation(index)).truncated(length + 1);
    }
}
