package nanochat.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.engine.kernel.Workers;
import nanochat.tokenizer.Tokenizer;

/// Rows of any number of requests, decoded together: when a row ends, the next one that waits takes its place, so every reading of the
/// weights serves as many rows as there are. Made by [Engine#newBatch]; for one caller at a time.
///
///     ContinuousBatch batch = engine.newBatch(16);
///     prompts.forEach(prompt -> batch.submit(prompt, 1, generation, ColumnListener.NONE));
///     while (batch.step()) {
///         // requests may be submitted at any time
///     }
public final class ContinuousBatch implements AutoCloseable {
    private final InferenceGpt gpt;
    private final KvCache cache;
    private final Optional<Tokenizer> tokenizer;
    private final Workers.Step chooseStep = (row, worker) -> chooseToken(row);

    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    /// Those with rows under way or about to begin, in the order they came.
    private final List<Request> started = new ArrayList<>();
    // The rows under way; the first `decoded` of them have their logits in the row of the same number.
    private final GrowingSample[] rows;
    private final Sequence[] sequences;
    private final int[] tokens;
    private int count;
    private int decoded;

    ContinuousBatch(InferenceGpt gpt, KvCache cache, Optional<Tokenizer> tokenizer, int mostRows) {
        if (mostRows < 1 || mostRows > InferenceGpt.MAXIMUM_TOKENS) {
            throw new IllegalArgumentException("a batch has from 1 to " + InferenceGpt.MAXIMUM_TOKENS + " rows, not " + mostRows);
        }
        this.gpt = gpt;
        this.cache = cache;
        this.tokenizer = tokenizer;
        this.rows = new GrowingSample[mostRows];
        this.sequences = new Sequence[mostRows];
        this.tokens = new int[mostRows];
    }

    /// Asks for `samples` continuations of a prompt, which begin when there is room for them. There may be more of them than the batch has
    /// rows; the prompt is prefilled once.
    ///
    /// @param listener sees the request's tokens as they come and may end its rows
    /// @throws nanochat.io.BadInputException when the prompt is empty, leaves no room for a token, or has an id that the model does not know
    public Request submit(int[] prompt, int samples, Generation generation, ColumnListener listener) {
        return submit(new Request(gpt, cache.newSequence(), true, prompt, samples, 0, generation, listener));
    }

    /// The same, reusing what `context` has in common with the prompt. Until the request has ended nobody else may use the context; then it
    /// holds the prompt, and with one sample also what was generated (but for its last token, which nothing has followed).
    public Request submit(Sequence context, int[] prompt, int samples, Generation generation, ColumnListener listener) {
        return submit(new Request(gpt, context, false, prompt, samples, 0, generation, listener));
    }

    /// The samples draw from the streams `firstStream` and following of the generation's seed.
    Request submit(int[] prompt, int samples, int firstStream, Generation generation) {
        return submit(new Request(gpt, cache.newSequence(), true, prompt, samples, firstStream, generation, ColumnListener.NONE));
    }

    private Request submit(Request request) {
        waiting.add(request);
        return request;
    }

    /// Gives every row one more token and fills free rows with what waits. Returns whether anything is left to do.
    public boolean step() {
        dropEnded();
        decoded = count;
        fill();
        if (decoded > 0) {
            gpt.decode(sequences, tokens, decoded);
        }
        gpt.workers().run(count, chooseStep);
        for (int i = 0; i < count; i++) {
            rows[i].take();
        }
        started.forEach(Request::tellListener);
        dropEnded();
        started.removeIf(Request::isDone);
        return count > 0 || !started.isEmpty() || !waiting.isEmpty();
    }

    /// Begins as many samples as there are free rows. Prompts that begin at the same time are prefilled together.
    private void fill() {
        waiting.removeIf(Request::isDone);
        List<Request> beginning = new ArrayList<>();
        int room = rows.length - count;
        for (Request request : started) {
            room -= Math.min(room, request.samplesLeft());
        }
        while (room > 0 && !waiting.isEmpty()) {
            Request request = waiting.remove();
            started.add(request);
            beginning.add(request);
            room -= Math.min(room, request.samplesLeft());
        }
        if (!beginning.isEmpty()) {
            gpt.prefill(beginning.stream().map(Request::prompt).toList(),
                    (index, logits, row) -> beginning.get(index).keepLogits(logits, row));
        }
        for (Request request : started) {
            while (count < rows.length && request.samplesLeft() > 0) {
                rows[count++] = request.begin(tokenizer);
            }
        }
    }

    /// Every row draws its own first token from the logits of its prompt.
    private void chooseToken(int row) {
        if (row < decoded) {
            rows[row].choose(gpt.logits(), row);
        } else {
            rows[row].chooseFirst();
        }
    }

    /// Moves the rows that go on to the front, lists their sequences and newest tokens, and gives back the memory of the others.
    private void dropEnded() {
        int left = 0;
        for (int i = 0; i < count; i++) {
            GrowingSample row = rows[i];
            if (row.hasEnded()) {
                row.release();
            } else {
                rows[left] = row;
                sequences[left] = row.sequence();
                tokens[left++] = row.lastToken();
            }
        }
        count = left;
    }

    /// Forgets all requests and gives their memory back.
    @Override
    public void close() {
        waiting.forEach(Request::cancel);
        started.forEach(Request::cancel);
        dropEnded();
        waiting.clear();
        started.clear();
    }
}
